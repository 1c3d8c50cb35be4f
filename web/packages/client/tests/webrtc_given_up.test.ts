import { describe, expect, it } from "vitest";
import { setUp } from "./fake_peer.ts";
import { settled } from "./fakes.ts";

describe("an attempt that is given up", () => {
  const end = {
    path: "/api/realtime/session/s%201",
    init: { method: "DELETE", headers: { authorization: "Bearer secret" }, keepalive: true },
  };
  const ends = (requests: { path: string; init: RequestInit | undefined }[]) =>
    requests.filter(({ init }) => init?.method === "DELETE");

  it("ends the session it has made", async () => {
    const { transport, requests } = setUp();
    transport.connect({}, null).catch(() => undefined);
    await settled();
    transport.close();
    transport.close();
    expect(ends(requests)).toEqual([end]);
  });

  it("ends the session that it only then hears of", async () => {
    const { transport, requests } = setUp();
    const connected = transport.connect({}, null).catch((error: unknown) => error);
    transport.close();
    expect(await connected).toMatchObject({ name: "AbortError" });
    expect(ends(requests)).toEqual([end]);
  });

  it("ends it too when the network fails before the call stands", async () => {
    const { peer, requests, connect } = setUp();
    await connect(null, {});
    peer.becomes("failed");
    expect(ends(requests)).toEqual([end]);
  });

  it("leaves a session alone that others may be in, or that the call stood in", async () => {
    const resumed = setUp();
    await resumed.connect();
    resumed.transport.close();
    const stood = setUp();
    await stood.connect(null, {});
    stood.peer.channel.onmessage?.({ data: '{"type":"session"}' });
    stood.transport.close();
    expect([...ends(resumed.requests), ...ends(stood.requests)]).toEqual([]);
  });
});
