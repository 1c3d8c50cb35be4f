import type { Api, ConversationSummary } from "@antiphon/client";
import { ApiError, browserClock, isInCall } from "@antiphon/client";
import type { RealtimeAgent } from "@antiphon/react";
import { useCallback, useEffect, useRef, useState } from "react";

/** `isMissing`: the server answered that there is no such thing; asking again will not help. */
export type Failure = { message: string; isMissing: boolean };
export type Remote<T> = { data: T | null; error: Failure | null };

const NOTHING = { data: null, error: null };

/**
 * Loads again when `load` or `version` changes. The last answer of the same `load` stays until the next, and beside a
 * failure that may pass; one that comes late is dropped.
 */
export function useRemote<T>(load: () => Promise<T>, version: string): Remote<T> {
  const [{ of, ...remote }, setRemote] = useState<Remote<T> & { of: unknown }>({ ...NOTHING, of: load });
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (data) => isCurrent && setRemote({ data, error: null, of: load }),
      (problem: unknown) => {
        const error = failureOf(problem);
        const keeps = (last: { of: unknown }) => last.of === load && !error.isMissing;
        if (isCurrent) setRemote((last) => ({ data: keeps(last) ? last.data : null, error, of: load }));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [load, version]);
  return of === load ? remote : NOTHING;
}

function failureOf(error: unknown): Failure {
  return { message: sentence(error), isMissing: error instanceof ApiError && error.status === 404 };
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}

const PAGE = 30;

/** The newest conversations that match, page by page. `version` changes when the list may have changed. */
export function useConversations(api: Api, search: string, version: string) {
  const [pages, setPages] = useState<{ list: ConversationSummary[]; cursor: string | null }>({ list: [], cursor: null });
  const [error, setError] = useState<string | null>(null);
  const load = useCallback(
    async (cursor: string | null) => {
      const page = await api.conversations({ search, limit: PAGE, ...(cursor !== null && { cursor }) });
      return { list: page.conversations, cursor: page.next_cursor };
    },
    [api, search],
  );
  useEffect(() => {
    let isCurrent = true;
    load(null).then(
      (page) => {
        if (!isCurrent) return;
        setPages(page);
        setError(null);
      },
      (problem: unknown) => isCurrent && setError(sentence(problem)),
    );
    return () => {
      isCurrent = false;
    };
  }, [load, version]);
  const more = () => {
    load(pages.cursor).then(
      (page) => setPages(({ list }) => ({ list: [...list, ...page.list], cursor: page.cursor })),
      (problem: unknown) => setError(sentence(problem)),
    );
  };
  return { conversations: pages.list, hasMore: pages.cursor !== null, more, error };
}

/** When to look again whether a call that has been left is over on the server too, in ms. */
const LOOKS_MS = [300, 1_000, 3_000];

/**
 * Calls `refresh` for a while after a call has ended on this page: the server still writes down what was heard, and
 * ends the session only then. Stops once the conversation is no longer live.
 */
export function useRefreshAfterCall(api: Api, call: RealtimeAgent, refresh: () => void): void {
  const active = isInCall(call);
  const wasActive = useRef(active);
  const { conversationId } = call;
  useEffect(() => {
    const hasEnded = wasActive.current && !active;
    wasActive.current = active;
    if (!hasEnded) return;
    const look = () => {
      if (conversationId === null) return refresh();
      const found = ({ live }: { live: boolean }) => {
        if (!live) stop();
        refresh();
      };
      // What went wrong is shown by what is loaded now.
      api.conversation(conversationId).then(found, refresh);
    };
    const cancels = LOOKS_MS.map((ms) => browserClock.after(ms, look));
    const stop = () => cancels.forEach((cancel) => cancel());
    return stop;
  }, [active, api, conversationId, refresh]);
}
