import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const unused = ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" }];
const size = {
  "max-lines": ["error", { max: 300 }],
  "max-lines-per-function": ["error", { max: 50 }],
};

export default tseslint.config(
  { ignores: ["**/dist/", "**/coverage/", "packages/client/src/protocol.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true }, globals: globals.browser },
    rules: {
      ...size,
      "@typescript-eslint/no-unused-vars": unused,
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  { files: ["**/*.{ts,tsx}"], ...reactHooks.configs.flat.recommended },
  { files: ["**/*.mjs", "eslint.config.js"], languageOptions: { globals: globals.node }, rules: { ...size, "no-unused-vars": unused } },
  { files: ["**/tests/**"], rules: { "max-lines-per-function": "off" } },
);
