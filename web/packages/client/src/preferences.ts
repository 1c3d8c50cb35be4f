/** What a device remembers between visits. Reading or writing may be forbidden: then nothing is remembered. */
export interface Preferences {
  get(key: string): string | null;
  set(key: string, value: string): void;
}

const PREFIX = "antiphon.";

/** `open` returns the storage; browsers throw a SecurityError there when a person has blocked it. */
export function storedPreferences(open: () => Storage): Preferences {
  return {
    get: (key) => guarded(() => open().getItem(PREFIX + key)),
    set: (key, value) => guarded(() => open().setItem(PREFIX + key, value)) ?? undefined,
  };
}

function guarded<T>(access: () => T): T | null {
  try {
    return access();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
