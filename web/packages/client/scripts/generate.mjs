// `npm run generate`: prints the protocol's schema with Python and writes protocol.schema.json and src/protocol.ts.

import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generateProtocol } from "./protocol.mjs";

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const repository = inPackage("../../../");
const venv = `${repository}.venv/bin/python`;
const python = process.env.ANTIPHON_PYTHON ?? (existsSync(venv) ? venv : "python3");

const schemaText = execFileSync(python, ["-m", "antiphon.wire.browser"], { cwd: repository, encoding: "utf8" });
writeFileSync(inPackage("protocol.schema.json"), schemaText);
writeFileSync(inPackage("src/protocol.ts"), await generateProtocol(schemaText));
