import { reduce } from "./reducer.ts";
import type { CallEffect, CallEvent, CallState } from "./state.ts";
import { initialState } from "./state.ts";

/** Holds the state, runs the reducer, tells listeners about changes. The shape that `useSyncExternalStore` wants. */
export class Store {
  #state: CallState;
  readonly #listeners = new Set<() => void>();

  constructor(state: CallState = initialState) {
    this.#state = state;
  }

  readonly getSnapshot = (): CallState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Applies the event and returns the effects that the caller has to run. */
  dispatch(event: CallEvent): readonly CallEffect[] {
    const { state, effects } = reduce(this.#state, event);
    if (state !== this.#state) {
      this.#state = state;
      for (const listener of [...this.#listeners]) listener();
    }
    return effects;
  }
}
