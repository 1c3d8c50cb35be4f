import { describe, expect, it } from "vitest";
import { ApiError } from "../src/index.ts";
import { FakeReceiver, grant, setUp } from "./fake_peer.ts";
import { FakeTrack, fakeStream, settled } from "./fakes.ts";

describe("connecting", () => {
  it("makes a session, then one complete offer with the track and the data channel in it", async () => {
    const { peer, requests, configurations, connect } = setUp();
    await connect();
    expect(configurations).toEqual([{ iceServers: grant.ice_servers }]);
    expect(peer.order).toEqual(['channel antiphon {"ordered":true}', "track", "offer"]);
    expect(requests[0]).toMatchObject({
      path: "/api/realtime/session",
      init: { method: "POST", body: '{"conversation_id":"c1","voice":"en"}' },
    });
    expect(requests[1]).toMatchObject({
      path: "/api/realtime/sdp/s%201",
      init: {
        method: "POST",
        headers: { "content-type": "application/sdp", authorization: "Bearer secret" },
        body: "the offer with candidates",
      },
    });
    expect(peer.remote).toEqual({ type: "answer", sdp: "the answer" });
  });

  it("does not wait for ever for candidates", async () => {
    const { clock, transport, requests } = setUp();
    const connected = transport.connect({}, null);
    await settled();
    expect(requests).toHaveLength(1);
    clock.advance(2_000);
    await connected;
    expect(requests[1]?.init?.body).toBe("the offer");
  });

  it("sends silence without a microphone, which a microphone can replace", async () => {
    const { peer, silent, transport, connect } = setUp();
    await connect(null);
    const microphone = new FakeTrack();
    await transport.replaceMicrophone(microphone as unknown as MediaStreamTrack);
    expect(peer.sender.tracks).toEqual([silent, microphone]);
  });

  it("shows the detail of a problem document", async () => {
    const { transport } = setUp(() =>
      Response.json(
        { title: "Full", detail: "All places are taken." },
        { status: 503, headers: { "content-type": "application/problem+json" } },
      ),
    );
    const refused = await transport.connect({}, null).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ message: "All places are taken.", status: 503, isTransient: true });
  });

  it("stops where it is when closed on the way", async () => {
    const { peer, transport, requests } = setUp();
    const connected = transport.connect({ conversationId: "c1" }, null).catch((error: unknown) => error);
    await settled();
    transport.close();
    peer.gathered();
    expect(await connected).toMatchObject({ name: "AbortError" });
    expect(requests).toHaveLength(1);
    expect(peer.connectionState).toBe("closed");
  });
});

describe("messages", () => {
  it("go out when the channel is open and come in as they are", async () => {
    const { peer, transport, connect, messages } = setUp();
    expect(transport.send({ type: "text", text: "early" })).toBe(false);
    await connect();
    expect(transport.send({ type: "text", text: "hi" })).toBe(true);
    expect(peer.channel.sent).toEqual(['{"type":"text","text":"hi"}']);
    peer.channel.onmessage?.({ data: '{"type":"agent_state","state":"thinking"}' });
    peer.channel.onmessage?.({ data: "{" });
    expect(messages).toMatchObject([{ type: "agent_state" }, { type: "error", code: "bad_message" }]);
  });
});

describe("losing the connection", () => {
  it("is noticed when the channel closes unasked", async () => {
    const { peer, happened, connect } = setUp();
    await connect();
    peer.channel.onclose?.();
    expect(happened).toEqual(["lost: The connection to the server was closed."]);
    expect(peer.connectionState).toBe("closed");
  });

  it("is noticed when the path has failed, once", async () => {
    const { peer, happened, connect } = setUp();
    await connect();
    peer.becomes("failed");
    peer.channel.onclose?.();
    expect(happened).toHaveLength(1);
  });

  it("is not declared over a gap of less than five seconds", async () => {
    const { clock, peer, happened, connect } = setUp();
    await connect();
    peer.becomes("disconnected");
    clock.advance(4_900);
    peer.becomes("connected");
    clock.advance(60_000);
    expect(happened).toEqual([]);
    peer.becomes("disconnected");
    clock.advance(5_000);
    expect(happened).toEqual(["lost: The network connection to the server was lost."]);
  });

  it("is not what happens after closing: the goodbye gets out first", async () => {
    const { clock, peer, happened, transport, connect, silent } = setUp();
    await connect(null);
    peer.becomes("connected");
    transport.close();
    peer.channel.onclose?.();
    expect(peer.channel.readyState).toBe("closed");
    expect(peer.connectionState).toBe("connected");
    clock.advance(300);
    expect(peer.connectionState).toBe("closed");
    expect(silent.readyState).toBe("ended");
    expect(happened).toEqual([]);
  });
});

describe("the agent's voice", () => {
  async function withVoice() {
    const parts = setUp();
    await parts.connect();
    const receiver = new FakeReceiver();
    const stream = fakeStream();
    parts.peer.ontrack?.({ receiver, track: receiver.track, streams: [stream] });
    return { ...parts, receiver, stream };
  }
  const item = { itemId: "i", rtpTimestamp: 1_000, arrivedAt: 0 };

  it("is handed on and can be silenced at once", async () => {
    const { transport, happened, receiver, stream } = await withVoice();
    expect(happened).toEqual([stream]);
    transport.setOutputEnabled(false);
    expect(receiver.track.enabled).toBe(false);
    transport.setOutputEnabled(true);
    expect(receiver.track.enabled).toBe(true);
  });

  it("is measured by what the receiver has rendered", async () => {
    const { transport, receiver } = await withVoice();
    expect(transport.playedMs(item)).toBe(0);
    receiver.sources = [{ rtpTimestamp: 49_000 }];
    expect(transport.playedMs(item)).toBe(990);
    expect(transport.untilAudibleMs({ ...item, rtpTimestamp: 53_800 })).toBe(100);
  });

  it("is measured by the clock and the jitter buffer where browsers tell no timestamps", async () => {
    const { clock, transport, receiver } = await withVoice();
    receiver.sources = [{}];
    transport.playedMs(item);
    await settled();
    clock.advance(1_000);
    expect(transport.playedMs(item)).toBe(910);
  });

  it("reports the state of the path", async () => {
    const { peer, happened } = await withVoice();
    peer.iceConnectionState = "checking";
    peer.oniceconnectionstatechange?.();
    expect(happened).toContain("ice checking");
  });
});
