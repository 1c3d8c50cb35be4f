import { describe, expect, it } from "vitest";
import { Api, ApiError, loudness, storedPreferences } from "../src/index.ts";

function answering(response: () => Response | Promise<Response>) {
  const requests: [string, string | undefined, unknown][] = [];
  const api = new Api("https://host", (path, init) => {
    requests.push([path, init?.method, init?.body]);
    return Promise.resolve(response());
  });
  return { api, requests };
}

describe("the server's routes", () => {
  it("are asked for conversations by search and page", async () => {
    const page = { conversations: [], next_cursor: null };
    const { api, requests } = answering(() => Response.json(page));
    expect(await api.conversations({ search: "a&b", limit: 30, cursor: "x" })).toEqual(page);
    await api.conversations({ search: "", limit: 30 });
    expect(requests.map(([path]) => path)).toEqual([
      "https://host/api/conversations?search=a%26b&limit=30&cursor=x",
      "https://host/api/conversations?limit=30",
    ]);
  });

  it("rename and delete", async () => {
    const { api, requests } = answering(() => Response.json({}));
    await api.renameConversation("a/b", "New");
    await api.deleteConversation("c");
    expect(requests).toEqual([
      ["https://host/api/conversations/a%2Fb", "PATCH", '{"title":"New"}'],
      ["https://host/api/conversations/c", "DELETE", undefined],
    ]);
  });

  it.each([
    [Response.json({ title: "Gone" }, { status: 404 }), "Gone", false],
    [Response.json("odd", { status: 500 }), "The server answered with status 500.", true],
    [new Response("<html>", { status: 502 }), "The server answered with status 502.", true],
  ])("say what went wrong (%#)", async (response, message, isTransient) => {
    const { api } = answering(() => response);
    const error = await api.agents().catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ message, isTransient });
  });

  it("say that the server is away", async () => {
    const { api } = answering(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(api.agents()).rejects.toMatchObject({ message: "The server cannot be reached.", status: 0 });
  });
});

describe("preferences", () => {
  it("are kept under a name of our own", () => {
    const preferences = storedPreferences(() => localStorage);
    preferences.set("input", "m1");
    expect(localStorage.getItem("antiphon.input")).toBe("m1");
    expect(preferences.get("input")).toBe("m1");
  });

  it("are forgotten where storage is blocked", () => {
    const preferences = storedPreferences(() => {
      throw new DOMException("blocked", "SecurityError");
    });
    preferences.set("input", "m1");
    expect(preferences.get("input")).toBeNull();
  });
});

describe("loudness", () => {
  it("runs from silence to full scale on a decibel scale", () => {
    expect(loudness(new Float32Array(64))).toBe(0);
    expect(loudness(new Float32Array(64).fill(1))).toBe(1);
    expect(loudness(new Float32Array(64).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5);
    expect(loudness(new Float32Array(64).fill(1e-6))).toBe(0);
  });
});
