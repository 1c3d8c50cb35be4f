import type { ServerMessage } from "@antiphon/client";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { fakeCall, session } from "../../client/tests/fake_call.ts";
import { ApiError } from "@antiphon/client";
import { CallUI, useRealtimeAgent } from "../src/index.ts";

const agent = { name: "Ada", description: "Keeps time.", offline: true, hints: ["What time is it?"] };

function setUp() {
  const fake = fakeCall();
  function Page() {
    return <CallUI call={useRealtimeAgent({ call: fake.call })} agent={agent} />;
  }
  const { container, unmount } = render(<Page />);
  const user = userEvent.setup();
  const says = (...messages: ServerMessage[]) => {
    act(() => {
      for (const message of messages) fake.transport().events.message(message);
    });
  };
  const join = async () => {
    await user.click(button("Join"));
    await act(() => fake.join());
  };
  return { ...fake, container, unmount, user, says, join };
}

const button = (name: string) => screen.getByRole("button", { name });
const agentState = () => screen.getByRole("status", { name: "Agent state" }).textContent;
const said = (id: string, text: string, more: object = {}): ServerMessage => ({
  type: "transcript_entry",
  data: { id, role: "agent", text, final: true, at: 1, ...more },
});
const violations = async (container: HTMLElement) => {
  // jsdom paints nothing: contrast is looked at in a real browser.
  const { violations: found } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  return found.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
};

describe("before a call", () => {
  it("says who answers, what to say, and that there is no call", async () => {
    const { container } = setUp();
    expect(screen.getByRole("heading", { name: "Ada" })).toBeTruthy();
    expect(within(screen.getByRole("list", { name: "Things to say" })).getByText("What time is it?")).toBeTruthy();
    expect(agentState()).toBe("Not connected");
    expect(screen.getByRole("combobox", { name: "Microphone" })).toBeTruthy();
    expect(await violations(container)).toEqual([]);
  });

  it("has the agent's audio element in the page, not muted", () => {
    const { container } = setUp();
    expect(container.querySelector<HTMLAudioElement>("audio[data-agent]")?.muted).toBe(false);
  });
});

describe("in a call", () => {
  it("shows the agent's states and takes the focus", async () => {
    const { join, says, container } = setUp();
    await join();
    expect(document.activeElement).toBe(screen.getByRole("region", { name: "Call with Ada" }));
    for (const [state, text] of [
      ["initializing", "Initializing"],
      ["listening", "Listening"],
      ["thinking", "Thinking"],
      ["speaking", "Speaking"],
    ] as const) {
      says({ type: "agent_state", state });
      expect(agentState()).toBe(text);
    }
    expect(await violations(container)).toEqual([]);
  });

  it("shows what is said, partial, final and interrupted, and tool calls in between", async () => {
    const { join, says, container } = setUp();
    await join();
    says(said("q", "what time is it", { role: "user" }));
    says({ type: "tool_call", data: { id: "t", name: "clock", state: "running", arguments: "{}" } });
    says(said("a", "It is noon and all is well", { final: false }));
    const log = screen.getByRole("log", { name: "Transcript" });
    const lines = () => [...log.querySelectorAll("ol > li")].map((line) => line.textContent);
    expect(lines()).toEqual([
      expect.stringContaining("You"),
      expect.stringContaining("running"),
      expect.stringMatching(/Ada.*all is well…/),
    ]);
    says(said("a", "It is noon", { interrupted: true }));
    says({ type: "tool_call", data: { id: "t", name: "clock", state: "done", output: "12:00" } });
    expect(log.querySelector("del")?.textContent).toBe("Not heard:  and all is well");
    expect(within(log).getByText("interrupted")).toBeTruthy();
    expect(lines()[1]).toContain("12:00");
    expect(await violations(container)).toEqual([]);
  });

  it("shows what a running tool is doing, and Cancel stops it", async () => {
    const { join, says, user, transport, container } = setUp();
    await join();
    const call = { id: "t", name: "send_to_nested", arguments: '{"task": "dig"}' };
    says({ type: "tool_call", data: { ...call, state: "running" } });
    says({ type: "tool_call", data: { ...call, state: "running", output: "one metre" } });
    says({ type: "tool_call", data: { ...call, state: "running", output: "two metres" } });
    const line = screen.getByRole("listitem");
    expect(within(line).getByText("two metres").getAttribute("aria-live")).toBe("off");
    expect(line.textContent).not.toContain("one metre");
    expect(within(line).getByText('{"task": "dig"}').closest("details")?.open).toBe(false);
    expect(await violations(container)).toEqual([]);
    await user.click(button("Cancel send_to_nested"));
    expect(transport().sent).toEqual([{ type: "tool_cancel", call_id: "t" }]);
    says({ type: "tool_call", data: { ...call, state: "cancelled", output: "Cancelled on request." } });
    expect(screen.queryByRole("button", { name: "Cancel send_to_nested" })).toBeNull();
    expect(line.textContent).toContain("cancelled");
    expect(within(line).getByText("Cancelled on request.").closest("details")).toBeTruthy();
    expect(line.textContent).not.toContain("two metres");
  });

  it("has nothing to cancel once the call is over", async () => {
    const { join, says, user } = setUp();
    await join();
    says({ type: "tool_call", data: { id: "t", name: "dig", state: "running" } });
    await user.click(button("Leave"));
    expect(screen.queryByRole("button", { name: /^Cancel/ })).toBeNull();
  });

  it("sends typed words with Enter, begins a line with Shift and Enter", async () => {
    const { join, user, transport } = setUp();
    await join();
    const message = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
    expect(button("Send")).toHaveProperty("disabled", true);
    await user.type(message, "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(transport().sent).toEqual([{ type: "text", text: "one\ntwo" }]);
    expect(message.value).toBe("");
    await user.type(message, "three");
    await user.click(button("Send"));
    expect(transport().sent.at(-1)).toEqual({ type: "text", text: "three" });
  });

  it("interrupts by button and by Escape, wherever the focus is", async () => {
    const { join, user, says, transport } = setUp();
    await join();
    expect(button("Interrupt")).toHaveProperty("disabled", true);
    says({ type: "agent_state", state: "speaking" });
    await user.click(button("Interrupt"));
    screen.getByRole("textbox", { name: "Message" }).focus();
    await user.keyboard("{Escape}");
    const interrupt = { type: "control", action: "interrupt" };
    expect(transport().sent).toEqual([interrupt, interrupt]);
  });

  it("mutes microphone and speaker and says so on the buttons", async () => {
    const { join, user, container, devices } = setUp();
    await join();
    await user.click(button("Mute"));
    expect(devices.opened[0]?.enabled).toBe(false);
    await user.click(button("Unmute"));
    expect(devices.opened[0]?.enabled).toBe(true);
    await user.click(button("Mute speaker"));
    expect(container.querySelector<HTMLAudioElement>("audio[data-agent]")?.muted).toBe(true);
    await user.click(button("Unmute speaker"));
  });

  it("shows the connection, the answer's latency and who else is here", async () => {
    const { join, says, transport } = setUp();
    await join();
    act(() => transport().events.iceChanged("connected"));
    says(
      { type: "latency", data: { item_id: "i", first_audio_ms: 412.4 } },
      { type: "participants", data: [{ id: "p1", name: "Desk" }, { id: "p2", name: "Phone" }] },
      said("x", "hello there", { role: "user", participant_id: "p2" }),
    );
    for (const text of ["Connection: connected", "ICE: connected", "Answered in 412 ms", "Also here: Phone"]) {
      expect(screen.getByText(text)).toBeTruthy();
    }
    expect(screen.getByRole("listitem").textContent).toContain("Phone");
  });

  it("says that it is connecting where the conversation will be", async () => {
    const { user, transport, says } = setUp();
    const log = () => screen.getByRole("log", { name: "Transcript" }).textContent;
    await user.click(button("Join"));
    expect(log()).toBe("Connecting…");
    says(session);
    expect(log()).toContain("You are connected.");
    act(() => transport().events.lost("Gone."));
    expect(log()).toBe("Reconnecting…");
  });

  it("gives the focus back to Join on leaving, and keeps what was said", async () => {
    const { join, user, says } = setUp();
    await join();
    says(said("a", "Goodbye"));
    await user.click(button("Leave"));
    expect(document.activeElement).toBe(button("Join"));
    expect(screen.getByRole("log", { name: "Transcript" }).textContent).toContain("Goodbye");
    expect(agentState()).toBe("Not connected");
  });

  it("leaves when the component goes away", async () => {
    const { join, unmount, transport } = setUp();
    await join();
    unmount();
    expect(transport().sent).toEqual([{ type: "control", action: "leave" }]);
  });
});

describe("trouble", () => {
  it("goes on by typing without a microphone, and tries again when asked", async () => {
    const { join, user, devices, container } = setUp();
    devices.refusal = new DOMException("", "NotAllowedError");
    await join();
    expect(screen.getByRole("status", { name: "Microphone" }).textContent).toContain("not allowed");
    expect(button("Mute")).toHaveProperty("disabled", true);
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Message" }));
    expect(await violations(container)).toEqual([]);
    devices.refusal = null;
    await user.click(button("Try microphone again"));
    expect(screen.queryByRole("status", { name: "Microphone" })).toBeNull();
    expect(button("Mute")).toHaveProperty("disabled", false);
  });

  it("says what went wrong, and Retry begins again", async () => {
    const { user, next, container } = setUp();
    next.failure = new ApiError("All places are taken.", 503);
    await user.click(button("Join"));
    expect(screen.getByRole("alert").textContent).toContain("All places are taken.");
    expect(screen.queryByRole("button", { name: "Join" })).toBeNull();
    expect(await violations(container)).toEqual([]);
    next.failure = null;
    await user.click(button("Retry"));
    expect(agentState()).toBe("Connecting");
  });

  it("shows a passing error without ending the call", async () => {
    const { join, user, says } = setUp();
    await join();
    says({ type: "error", code: "slow", message: "Slow today.", fatal: false });
    await user.click(button("Dismiss"));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(agentState()).toBe("Initializing");
  });

  it("says that it is reconnecting", async () => {
    const { join, transport } = setUp();
    await join();
    act(() => transport().events.lost("Gone."));
    expect(agentState()).toBe("Reconnecting");
  });
});
