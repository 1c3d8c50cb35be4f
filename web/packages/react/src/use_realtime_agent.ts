import type { CallClient, CallState, JoinRequest, Timeline } from "@antiphon/client";
import { createCall, isWithoutMicrophone, toolCallsOf, transcriptOf } from "@antiphon/client";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";

export type RealtimeAgentOptions = JoinRequest & {
  /** Where the server is; empty or left out for the one this page came from. */
  baseUrl?: string;
  /** A call made elsewhere; left out, the hook makes one and keeps it for the component's life. */
  call?: CallClient;
};

/** Everything about one call, and everything that can be done to it. Leaves the call when the component goes. */
export function useRealtimeAgent(options: RealtimeAgentOptions = {}) {
  const { call: given, baseUrl, agent, voice, prompt, conversationId } = options;
  const [call] = useState(() => given ?? createCall(baseUrl));
  const state = useSyncExternalStore(call.subscribe, call.getSnapshot, call.getSnapshot);
  useEffect(() => call.attach(), [call]);
  const join = useCallback(
    (request: JoinRequest = {}, history: Timeline = []) => {
      call.join({ agent, voice, prompt, conversationId, ...request }, history);
    },
    [call, agent, voice, prompt, conversationId],
  );
  const actions = useMemo(() => actionsOf(call), [call]);
  return { ...useDerived(state), ...actions, join };
}

export type RealtimeAgent = ReturnType<typeof useRealtimeAgent>;

function useDerived(state: CallState) {
  const transcript = useMemo(() => transcriptOf(state.timeline), [state.timeline]);
  const toolCalls = useMemo(() => toolCallsOf(state.timeline), [state.timeline]);
  return {
    ...state,
    transcript,
    toolCalls,
    latestTranscript: transcript.at(-1) ?? null,
    isConnected: state.connectionState === "connected",
    noMicrophoneMode: isWithoutMicrophone(state.microphone),
  };
}

function actionsOf(call: CallClient) {
  return {
    retry: () => call.retry(),
    leaveCall: () => call.leave(),
    sendText: (text: string) => call.sendText(text),
    interrupt: () => call.interrupt(),
    cancelTool: (callId: string) => call.cancelTool(callId),
    toggleMute: () => call.toggleMute(),
    toggleSpeaker: () => call.toggleSpeaker(),
    retryMicrophone: () => void call.retryMicrophone(),
    chooseDevice: (kind: "input" | "output", id: string) => void call.chooseDevice(kind, id),
    dismissError: () => call.dismissError(),
  };
}
