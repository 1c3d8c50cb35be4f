// The server's routes that the web client uses. Owns paths, bodies and problem documents; knows nothing of calls.

import type { JoinRequest } from "./state.ts";
import type { HistoryItem } from "./timeline.ts";

export type SessionGrant = {
  session_id: string;
  conversation_id: string;
  token: string;
  ice_servers: RTCIceServer[];
  status: string;
};

export type AgentInfo = {
  name: string;
  description: string;
  voice: string | null;
  capabilities: Record<string, unknown>;
  offline: boolean;
  hints: string[];
};

/** Times are ISO 8601. */
export type ConversationSummary = {
  id: string;
  title: string;
  agent: string;
  created_at: string;
  updated_at: string;
  live: boolean;
  preview: string;
};

export type ConversationPage = { conversations: ConversationSummary[]; next_cursor: string | null };

export type Conversation = Omit<ConversationSummary, "preview"> & { prompt: string | null; items: HistoryItem[] };

/** The server refused, or could not be reached (`status` 0). The message is a sentence for a person. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Trying again may help: the server is away, overloaded or starting. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export class Api {
  /** `baseUrl` is empty for the page's own server, else `https://host` without a slash at the end. */
  constructor(
    private readonly baseUrl = "",
    private readonly fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  ) {}

  startSession(request: JoinRequest): Promise<SessionGrant> {
    const { conversationId, ...rest } = request;
    return this.json("POST", "/api/realtime/session", { conversation_id: conversationId, ...rest });
  }

  /** Sends an SDP offer and gives back the answer. */
  async exchangeSdp(grant: SessionGrant, offer: string, signal: AbortSignal): Promise<string> {
    const response = await this.request(`/api/realtime/sdp/${encodeURIComponent(grant.session_id)}`, {
      method: "POST",
      headers: { "content-type": "application/sdp", authorization: `Bearer ${grant.token}` },
      body: offer,
      signal,
    });
    return response.text();
  }

  /** Ends the session for everybody in it. Gets out even while the page goes away. */
  async endSession(grant: SessionGrant): Promise<void> {
    await this.request(`/api/realtime/session/${encodeURIComponent(grant.session_id)}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${grant.token}` },
      keepalive: true,
    });
  }

  async agents(): Promise<AgentInfo[]> {
    return (await this.json<{ agents: AgentInfo[] }>("GET", "/api/agents")).agents;
  }

  conversations(query: { search?: string; limit?: number; cursor?: string }): Promise<ConversationPage> {
    const pairs = Object.entries(query).filter(([, value]) => value !== "");
    const parameters = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]));
    return this.json("GET", `/api/conversations?${parameters.toString()}`);
  }

  conversation(id: string): Promise<Conversation> {
    return this.json("GET", `/api/conversations/${encodeURIComponent(id)}`);
  }

  async renameConversation(id: string, title: string): Promise<void> {
    await this.json("PATCH", `/api/conversations/${encodeURIComponent(id)}`, { title });
  }

  async deleteConversation(id: string): Promise<void> {
    await this.request(`/api/conversations/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  private async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, headers: { accept: "application/json" } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { accept: "application/json", "content-type": "application/json" };
    }
    const response = await this.request(path, init);
    return (await response.json()) as T;
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    const response = await this.fetch(this.baseUrl + path, init).catch((error: unknown) => {
      if (error instanceof TypeError) throw new ApiError("The server cannot be reached.", 0);
      throw error;
    });
    if (!response.ok) throw new ApiError(await problemDetail(response), response.status);
    return response;
  }
}

/** The `detail` of a problem document (RFC 9457), else its `title`, else the status in words. */
async function problemDetail(response: Response): Promise<string> {
  const fallback = `The server answered with status ${response.status}.`;
  if (!(response.headers.get("content-type") ?? "").includes("json")) return fallback;
  const problem: unknown = await response.json();
  if (typeof problem !== "object" || problem === null) return fallback;
  if ("detail" in problem && typeof problem.detail === "string") return problem.detail;
  return "title" in problem && typeof problem.title === "string" ? problem.title : fallback;
}
