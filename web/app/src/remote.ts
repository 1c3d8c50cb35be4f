import type { Api, ConversationSummary } from "@antiphon/client";
import { useCallback, useEffect, useState } from "react";

export type Remote<T> = { data: T | null; error: string | null };

const NOTHING = { data: null, error: null };

/** Loads again when `load` or `version` changes. The last answer stays until the next; one that comes late is dropped. */
export function useRemote<T>(load: () => Promise<T>, version: string): Remote<T> {
  const [remote, setRemote] = useState<Remote<T>>(NOTHING);
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (data) => isCurrent && setRemote({ data, error: null }),
      (error: unknown) => isCurrent && setRemote({ data: null, error: sentence(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [load, version]);
  return remote;
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
