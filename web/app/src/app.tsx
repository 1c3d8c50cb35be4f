import type { Api, CallClient } from "@antiphon/client";
import { isInCall } from "@antiphon/client";
import { useRealtimeAgent } from "@antiphon/react";
import { useCallback, useEffect, useState } from "react";
import { ConversationPane } from "./conversation_pane.tsx";
import { openConversation, useOpenConversationId } from "./location.ts";
import { useRefreshAfterCall, useRemote } from "./remote.ts";
import { Sidebar } from "./sidebar.tsx";

export type AppProps = { api: Api; call: CallClient };

/** The page: the conversations on one side, the open one or the call on the other. */
export function App({ api, call: client }: AppProps) {
  const call = useRealtimeAgent({ call: client });
  const openId = useOpenConversationId();
  const [revision, setRevision] = useState(0);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const active = isInCall(call);
  const callId = active ? call.conversationId : null;
  const hasSpoken = active && call.transcript.some(({ role, final }) => role === "user" && final);
  const version = `${revision} ${active} ${callId ?? ""} ${hasSpoken}`;
  useEffect(() => {
    if (callId !== null) openConversation(callId, { replace: true });
  }, [callId]);
  const refresh = useCallback(() => setRevision((number) => number + 1), []);
  useRefreshAfterCall(api, call, refresh);
  const agents = useRemote(
    useCallback(() => api.agents(), [api]),
    version,
  );
  const open = (id: string | null) => {
    openConversation(id);
    if (!active) call.dismissError(); // It was about the conversation that was open.
    setMenuOpen(false);
    refresh();
  };
  return (
    <div className="app" data-menu={isMenuOpen}>
      <Bar isMenuOpen={isMenuOpen} onMenu={() => setMenuOpen(!isMenuOpen)} />
      <Sidebar
        api={api}
        version={version}
        openId={openId}
        callId={callId}
        isTroubleShown={call.error !== null || agents.error !== null}
        onOpen={open}
      />
      <main>
        <ConversationPane
          api={api}
          call={call}
          agents={agents}
          openId={openId}
          version={version}
          onOpen={open}
          onChanged={refresh}
        />
      </main>
    </div>
  );
}

function Bar({ isMenuOpen, onMenu }: { isMenuOpen: boolean; onMenu: () => void }) {
  return (
    <header className="bar">
      <p className="brand">
        <img src="/icon.svg" alt="" width="24" height="24" /> Antiphon
      </p>
      <button
        type="button"
        className="an-button menu"
        data-look="quiet"
        aria-expanded={isMenuOpen}
        aria-controls="sidebar"
        onClick={onMenu}
      >
        Conversations
      </button>
    </header>
  );
}
