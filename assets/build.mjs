// Builds static/build/ from assets/ and node_modules/: style sheets, scripts, the icon sprite, vendor files.
// Nothing it writes is committed. `npm run build` runs it; it takes about two seconds.
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileAsync } from "sass";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const assets = path.join(root, "assets");
const modules = path.join(root, "node_modules");
const target = path.join(root, "static", "build");
const build = `${target}.${process.pid}`; // complete before it is visible: a running server never serves half a build

const VENDOR = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "event-calendar.min.js": "@event-calendar/build/dist/event-calendar.min.js",
  "event-calendar.min.css": "@event-calendar/build/dist/event-calendar.min.css",
};

const readJson = async (name) => JSON.parse(await readFile(path.join(assets, name), "utf8"));

function mix(over, under, share) {
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const below = channels(under);
  const mixed = channels(over).map((value, at) => Math.round(value * share + below[at] * (1 - share)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// One source for style sheets and the contrast test: tokens.json becomes Sass variables and maps of custom properties.
function tokensAsSass(tokens) {
  const lines = [];
  for (const [at, theme] of ["light", "dark"].entries()) {
    const properties = Object.entries(tokens.color).map(([name, pair]) => [`c-${name}`, pair[at]]);
    for (const [name, pair] of Object.entries(tokens.edge)) {
      properties.push([`edge-${name}`, pair[at]]);
      properties.push([`fill-${name}`, mix(pair[at], tokens.color.surface[at], tokens.fill[at])]);
    }
    lines.push(`$tokens-${theme}: (${properties.map(([name, value]) => `"${name}": ${value}`).join(", ")});`);
    for (const [name, pair] of Object.entries(tokens.color)) lines.push(`$${theme}-${name}: ${pair[at]};`);
  }
  lines.push(`$edges: (${Object.keys(tokens.edge).map((name) => `"${name}"`).join(", ")});`);
  for (const [at, size] of tokens.space.entries()) lines.push(`$space-${at + 1}: ${size / 16}rem;`);
  for (const [name, size] of Object.entries(tokens.radius)) lines.push(`$radius-${name}: ${size / 16}rem;`);
  return lines.join("\n");
}

async function styles(tokens) {
  const importer = {
    canonicalize: (url) => (url === "tokens" ? new URL("tokens:tokens.json") : null),
    load: () => ({ contents: tokensAsSass(tokens), syntax: "scss" }),
  };
  for (const name of ["public", "pro", "admin"]) {
    const { css } = await compileAsync(path.join(assets, "scss", `${name}.scss`), {
      importers: [importer, { findFileUrl: (url) => (url.startsWith("bootstrap/") ? pathToFileURL(path.join(modules, url)) : null) }],
      quietDeps: true,
      silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"], // Bootstrap 5.3 needs them
      style: "compressed",
    });
    await writeFile(path.join(build, `${name}.css`), css);
  }
}

async function icons(names) {
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(path.join(modules, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
      const [, viewBox, inner] = svg.match(/viewBox="([^"]+)"[^>]*>([\s\S]*)<\/svg>/);
      return `<symbol id="${name}" viewBox="${viewBox}" fill="currentColor">${inner.trim()}</symbol>`;
    }),
  );
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
  await writeFile(path.join(build, "icons.svg"), sprite);
}

async function vendor() {
  for (const [name, source] of Object.entries(VENDOR)) {
    const text = await readFile(path.join(modules, source), "utf8");
    // A source map's address would be looked for by the hashed static storage, and is of no use without the sources.
    await writeFile(path.join(build, name), text.replace(/\n?\/[/*]# sourceMappingURL=.*$/m, ""));
  }
  const bundled = ["bootstrap", "bootstrap-icons", "htmx.org", "@event-calendar/build"];
  const require = createRequire(import.meta.url);
  const notices = bundled.map((name) => {
    const { version, license } = require(path.join(modules, name, "package.json"));
    return `${name} ${version}, ${license}`;
  });
  await writeFile(path.join(build, "NOTICE.txt"), `${notices.join("\n")}\n`);
}

const [tokens, iconNames] = await Promise.all([readJson("tokens.json"), readJson("icons.json")]);
try {
  await mkdir(build, { recursive: true });
  await Promise.all([
    styles(tokens),
    icons(iconNames),
    vendor(),
    cp(path.join(assets, "js"), path.join(build, "js"), { recursive: true }),
    cp(path.join(assets, "img"), build, { recursive: true }),
  ]);
  await mkdir(path.dirname(target), { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(build, target);
  console.log(`static/build: ${(await readdir(target)).join(", ")}`);
} finally {
  await rm(build, { recursive: true, force: true });
}
