import type { Conversation, ConversationSummary } from "@antiphon/client";
import { Api, ApiError } from "@antiphon/client";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { fakeCall } from "../../packages/client/tests/fake_call.ts";
import { settled } from "../../packages/client/tests/fakes.ts";
import { App } from "../src/app.tsx";

const summary = (id: string, title: string): ConversationSummary => ({
  id,
  title,
  agent: "Ada",
  created_at: "2026-11-20T10:00:00Z",
  updated_at: "2026-11-20T10:05:00Z",
  live: false,
  preview: `About ${title}`,
});

/** A server that remembers conversations, behind `fetch`. */
class FakeServer {
  conversations = [summary("c1", "Eggs"), summary("c2", "Trains"), summary("c9", "Plans")];
  readonly requests: string[] = [];
  isAway = false;

  readonly fetch = (url: string, init?: RequestInit): Promise<Response> => {
    const method = init?.method ?? "GET";
    const { pathname, searchParams } = new URL(url, "http://host");
    this.requests.push(`${method} ${pathname}`);
    if (this.isAway) return Promise.reject(new TypeError("Failed to fetch"));
    const id = pathname.split("/").at(-1) ?? "";
    if (pathname === "/api/agents") return Promise.resolve(Response.json({ agents: [this.agent] }));
    if (pathname === "/api/conversations") return Promise.resolve(this.list(searchParams));
    if (method === "DELETE") this.conversations = this.conversations.filter((known) => known.id !== id);
    if (method === "DELETE") return Promise.resolve(new Response(null, { status: 204 }));
    const body = typeof init?.body === "string" ? (JSON.parse(init.body) as Partial<ConversationSummary>) : {};
    this.conversations = this.conversations.map((known) => (known.id === id ? { ...known, ...body } : known));
    return Promise.resolve(this.read(id));
  };

  setLive(id: string, live: boolean): void {
    this.conversations = this.conversations.map((known) => (known.id === id ? { ...known, live } : known));
  }

  private readonly agent = {
    name: "Ada",
    description: "The offline demo.",
    voice: null,
    capabilities: {},
    offline: true,
    hints: ["What time is it?"],
  };

  private list(query: URLSearchParams): Response {
    const found = this.conversations.filter(({ title }) => title.includes(query.get("search") ?? ""));
    const from = Number(query.get("cursor") ?? 0);
    const next = from + 2 < found.length ? String(from + 2) : null;
    return Response.json({ conversations: found.slice(from, from + 2), next_cursor: next });
  }

  private read(id: string): Response {
    const known = this.conversations.find((conversation) => conversation.id === id);
    if (known === undefined) return Response.json({ detail: `There is no conversation ${id}.` }, { status: 404 });
    const items: Conversation["items"] = [{ id: "a", role: "agent", text: `Words of ${id}`, final: true, at: 5 }];
    return Response.json({ ...known, prompt: null, items });
  }
}

async function setUp(address = "/") {
  history.replaceState(null, "", address);
  const server = new FakeServer();
  const fake = fakeCall();
  const { container } = render(<App api={new Api("", server.fetch)} call={fake.call} />);
  await act(() => settled());
  return { ...fake, server, container, user: userEvent.setup() };
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const titles = () =>
  within(screen.getByRole("list", { name: "Conversations" }))
    .getAllByRole("button")
    .map((row) => row.querySelector(".row-title")?.textContent);
const transcript = () => screen.getByRole("log", { name: "Transcript" }).textContent;

beforeEach(() => localStorage.clear());

describe("the page", () => {
  it("begins with the agent and the list, without a fault that axe can see", async () => {
    const { container } = await setUp();
    expect(screen.getByRole("heading", { name: "Ada" })).toBeTruthy();
    expect(screen.getByText("What time is it?")).toBeTruthy();
    expect(titles()).toEqual(["Eggs", "Trains"]);
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  it("opens the conversation of its address, so that a reload shows it again", async () => {
    await setUp("/?conversation=c2");
    expect(transcript()).toContain("Words of c2");
    expect(screen.getByRole("heading", { name: "Trains" })).toBeTruthy();
    expect(document.title).toBe("Trains · Antiphon");
  });

  it("says what is wrong with an address, and a new conversation can begin there", async () => {
    const { user, join, call } = await setUp("/?conversation=nope");
    expect(screen.getByRole("alert").textContent).toContain("There is no such conversation.");
    expect(titles()).toEqual(["Eggs", "Trains"]);
    expect(screen.getByRole("heading", { name: "Ada" })).toBeTruthy();
    await user.click(button("Join"));
    expect(call.getSnapshot().request.conversationId).toBeUndefined();
    await act(() => join());
    expect(location.search).toBe("?conversation=c1");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("says once that the server is away, keeps what it has, and gives one way to go on", async () => {
    const { user, server, next } = await setUp("/?conversation=c2");
    server.isAway = true;
    next.failure = new ApiError("The server cannot be reached.", 0);
    await user.click(button("Join"));
    await act(() => settled());
    expect(screen.getAllByText("The server cannot be reached.")).toHaveLength(1);
    expect(screen.getByRole("heading", { name: "Trains" })).toBeTruthy();
    expect(transcript()).toContain("Words of c2");
    expect(screen.getAllByRole("button", { name: /Retry|Join/ })).toHaveLength(1);

    await user.click(button(/^Eggs/));
    await act(() => settled());
    expect(screen.getAllByText("The server cannot be reached.")).toHaveLength(1);
    server.isAway = false;
    await user.click(button("Retry"));
    expect(await screen.findByText("Words of c1")).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("opens, searches and shows more", async () => {
    const { user } = await setUp();
    await user.click(button("Show more"));
    expect(titles()).toEqual(["Eggs", "Trains", "Plans"]);
    await user.click(button(/^Trains/));
    expect(location.search).toBe("?conversation=c2");
    expect(await screen.findByText("Words of c2")).toBeTruthy();
    await user.type(screen.getByRole("searchbox", { name: "Search conversations" }), "Egg");
    await screen.findByText("About Eggs");
    expect(titles()).toEqual(["Eggs"]);
  });

  it("renames and deletes", async () => {
    const { user, server } = await setUp("/?conversation=c1");
    await user.click(button("Rename"));
    const field = screen.getByRole("textbox", { name: "Title" });
    await user.clear(field);
    await user.type(field, "Soft eggs{Enter}");
    expect(await screen.findByRole("heading", { name: "Soft eggs" })).toBeTruthy();
    expect(titles()).toContain("Soft eggs");
    await user.click(button("Delete"));
    await user.click(button("Delete conversation"));
    expect(await screen.findByRole("heading", { name: "Ada" })).toBeTruthy();
    expect(server.requests).toContain("DELETE /api/conversations/c1");
    expect(titles()).not.toContain("Soft eggs");
  });

  it("continues the open conversation, and a new call gets its address", async () => {
    const { user, join, transports, call } = await setUp("/?conversation=c2");
    await user.click(button("Join"));
    expect(call.getSnapshot().request.conversationId).toBe("c2");
    expect(transcript()).toContain("Words of c2");
    await user.click(button("Leave"));
    await user.click(button("New conversation"));
    expect(location.search).toBe("");
    await user.click(button("Join"));
    await act(() => join());
    expect(transports).toHaveLength(2);
    expect(location.search).toBe("?conversation=c1");
  });

  it("looks again after a call until it is over on the server, and then shows what the server wrote down", async () => {
    const { user, server, join, transport } = await setUp("/?conversation=c1");
    await user.click(button("Join"));
    server.setLive("c1", true);
    await act(() => join());
    const data = { id: "b", role: "agent", text: "Left mid-wo", final: false, at: 6 } as const;
    act(() => transport().events.message({ type: "transcript_entry", data }));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await act(async () => {
      button("Leave").click();
      await settled();
    });
    expect(transcript()).toContain("Left mid-wo");
    const rows = () => screen.getByRole("list", { name: "Conversations" }).textContent;
    const pass = (ms: number) =>
      act(async () => {
        vi.advanceTimersByTime(ms);
        await settled();
      });
    await pass(300);
    expect(rows()).toContain("live");
    server.setLive("c1", false);
    await pass(700);
    expect(rows()).not.toContain("live");
    expect(transcript()).not.toContain("Left mid-wo");
    const asked = server.requests.length;
    await pass(60_000);
    expect(server.requests).toHaveLength(asked);
  });

  it("stops looking after a while where others go on with the conversation", async () => {
    const { server, join } = await setUp("/?conversation=c1");
    await act(() => join());
    server.setLive("c1", true);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    act(() => button("Leave").click());
    const asked = server.requests.length;
    await act(async () => {
      vi.advanceTimersByTime(3_000);
      await settled();
    });
    expect(server.requests.length).toBeGreaterThan(asked);
    const last = server.requests.length;
    vi.advanceTimersByTime(60_000);
    expect(server.requests).toHaveLength(last);
  });

  it("lets a person read another conversation while the call goes on", async () => {
    const { user, join, transport } = await setUp();
    await act(() => join());
    await user.click(button(/^Trains/));
    expect(await screen.findByText("Words of c2")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Leave" })).toBeNull();
    expect(transport().isClosed).toBe(false);
    await user.click(button("Back to the call"));
    expect(button("Leave")).toBeTruthy();
  });
});
