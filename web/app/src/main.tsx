import "@antiphon/react/styles.css";
import "./app.css";
import { Api, createCall } from "@antiphon/client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has an element with the id app");
createRoot(root).render(
  <StrictMode>
    <App api={new Api()} call={createCall()} />
  </StrictMode>,
);
