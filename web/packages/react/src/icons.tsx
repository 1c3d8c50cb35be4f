// Small line drawings, 20 by 20. Decoration only: the button beside them has the words.

import type { ReactNode } from "react";

function icon(children: ReactNode) {
  return function Icon() {
    return (
      <svg className="an-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        {children}
      </svg>
    );
  };
}

const microphone = (
  <>
    <rect x="7.25" y="2.5" width="5.5" height="9.5" rx="2.75" />
    <path d="M4.5 9.5a5.5 5.5 0 0 0 11 0M10 15v2.5" />
  </>
);
const speaker = <path d="M3 7.75v4.5h2.75L9.5 15.5v-11L5.75 7.75z" />;
const slash = <path d="m3.5 3.5 13 13" />;

export const MicrophoneIcon = icon(microphone);
export const MicrophoneOffIcon = icon(
  <>
    {microphone}
    {slash}
  </>,
);
export const SpeakerIcon = icon(
  <>
    {speaker}
    <path d="M12.5 7.5a3.5 3.5 0 0 1 0 5M14.75 5a7 7 0 0 1 0 10" />
  </>,
);
export const SpeakerOffIcon = icon(
  <>
    {speaker}
    <path d="m13 8 4 4m0-4-4 4" />
  </>,
);
export const InterruptIcon = icon(<rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />);
export const DevicesIcon = icon(
  <path d="M3 6h7m4 0h3M3 14h3m4 0h7M10 6a2 2 0 1 0 4 0 2 2 0 1 0-4 0M6 14a2 2 0 1 0 4 0 2 2 0 1 0-4 0" />,
);
export const LeaveIcon = icon(
  <path d="M2.8 12.4c-.8-1 .1-3.1 2-4.1 3-1.6 7.4-1.6 10.4 0 1.9 1 2.8 3.1 2 4.1l-.6.8c-.3.4-.8.5-1.3.3l-2-.9a1 1 0 0 1-.6-1.1l.2-1.2a8.6 8.6 0 0 0-5.8 0l.2 1.2a1 1 0 0 1-.6 1.1l-2 .9c-.5.2-1 .1-1.3-.3z" />,
);
export const SendIcon = icon(<path d="M10 16V4.5m-4.75 4.75L10 4.5l4.75 4.75" />);
export const CallIcon = icon(
  <path d="M6.8 3.2 5 3.4c-1 .1-1.7 1-1.6 2 .6 5.8 5.4 10.6 11.2 11.2 1 .1 1.9-.6 2-1.6l.2-1.8c0-.5-.3-.9-.7-1.1l-2.5-1a1 1 0 0 0-1.1.3l-.8 1a9.5 9.5 0 0 1-4.1-4.1l1-.8a1 1 0 0 0 .3-1.1l-1-2.5a1 1 0 0 0-1.1-.7z" />,
);
export const ToolIcon = icon(
  <path d="M12.5 3.3a4 4 0 0 0-4.7 5.3l-4.6 4.6a1.5 1.5 0 0 0 0 2.1l1.5 1.5a1.5 1.5 0 0 0 2.1 0l4.6-4.6a4 4 0 0 0 5.3-4.7l-2.6 2.6-2.5-.7-.7-2.5z" />,
);
export const DownIcon = icon(<path d="M10 4v11.5m-4.75-4.75L10 15.5l4.75-4.75" />);
