// The address says which conversation is open, so that a reload or a shared link shows it again.

import { useSyncExternalStore } from "react";

const PARAMETER = "conversation";
const CHANGED = "antiphon:location";

function current(): string | null {
  return new URLSearchParams(location.search).get(PARAMETER);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** Opens a conversation, or none with null. `replace` leaves no step to go back to. */
export function openConversation(id: string | null, { replace = false } = {}): void {
  if (id === current()) return;
  const url = new URL(location.href);
  if (id === null) url.searchParams.delete(PARAMETER);
  else url.searchParams.set(PARAMETER, id);
  history[replace ? "replaceState" : "pushState"](null, "", url);
  window.dispatchEvent(new Event(CHANGED));
}

export function useOpenConversationId(): string | null {
  return useSyncExternalStore(subscribe, current);
}
