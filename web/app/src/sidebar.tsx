import type { Api, ConversationSummary } from "@antiphon/client";
import { useDeferredValue, useState } from "react";
import { useConversations } from "./remote.ts";

export type SidebarProps = {
  api: Api;
  /** Changes when the list may have changed. */
  version: string;
  openId: string | null;
  /** The conversation of the call that is on. */
  callId: string | null;
  /** The page already says what is wrong: once is enough. */
  isTroubleShown: boolean;
  onOpen: (id: string | null) => void;
};

/** The list of conversations: search, open, begin a new one. */
export function Sidebar({ api, version, openId, callId, isTroubleShown, onOpen }: SidebarProps) {
  const [search, setSearch] = useState("");
  const { conversations, hasMore, more, error } = useConversations(api, useDeferredValue(search.trim()), version);
  return (
    <nav className="sidebar" aria-label="Your conversations" id="sidebar">
      <button type="button" className="an-button" data-look="outline" disabled={callId !== null} onClick={() => onOpen(null)}>
        New conversation
      </button>
      <input
        type="search"
        aria-label="Search conversations"
        placeholder="Search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {error !== null && !isTroubleShown && <p role="alert">{error}</p>}
      <ul aria-label="Conversations">
        {conversations.map((conversation) => (
          <Row
            key={conversation.id}
            conversation={conversation}
            isOpen={conversation.id === openId}
            isLive={conversation.live || conversation.id === callId}
            onOpen={onOpen}
          />
        ))}
      </ul>
      {conversations.length === 0 && error === null && (
        <p className="empty">{search === "" ? "Your conversations will be listed here." : "Nothing matches."}</p>
      )}
      {hasMore && (
        <button type="button" className="an-button" data-look="quiet" onClick={more}>
          Show more
        </button>
      )}
    </nav>
  );
}

type RowProps = { conversation: ConversationSummary; isOpen: boolean; isLive: boolean; onOpen: (id: string) => void };

function Row({ conversation, isOpen, isLive, onOpen }: RowProps) {
  const { id, title, preview, updated_at: updatedAt } = conversation;
  return (
    <li>
      <button type="button" className="row" aria-current={isOpen ? "page" : undefined} onClick={() => onOpen(id)}>
        <span className="row-title">{title || "New conversation"}</span>
        {isLive ? <span className="live">live</span> : <time dateTime={updatedAt}>{when(new Date(updatedAt))}</time>}
        {preview !== "" && <span className="row-preview">{preview}</span>}
      </button>
    </li>
  );
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function when(date: Date): string {
  return date.toDateString() === new Date().toDateString() ? timeOfDay.format(date) : day.format(date);
}
