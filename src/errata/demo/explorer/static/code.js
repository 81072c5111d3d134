// Code in colours: small tokenizers for JSON and markup, laid out and painted token by token.
// Everything shown comes from somebody else's bytes, so it becomes text nodes and nothing else.

const PAINTED = 20_000; // characters; what is beyond stays plain, so that huge bodies stay quick

// What would be invisible, or would turn the text around it, is shown by its number.
const UNSEEN = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+)/;
const COUNTED = 8; // so many are shown one by one

/** Append a text to an element, with characters that cannot be seen made visible. */
export function put(element, text, className) {
  String(text).replace(/\r\n/g, "\n").split(UNSEEN).forEach((part, index) => {
    if (index % 2) element.append(...unseen(part));
    else if (part) element.append(className ? span(className, part) : part);
  });
  return element;
}

function unseen(run) {
  const numbers = [...run].slice(0, COUNTED).map((char) => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  if (run.length > COUNTED) numbers.push(`and ${run.length - COUNTED} more`);
  return numbers.map((number) => span("unseen", number));
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

/** Return the language of a body by how it starts. */
export function languageOf(text) {
  const start = text.trimStart()[0];
  return start === "{" || start === "[" ? "json" : start === "<" ? "markup" : "text";
}

/** Tell whether laying a text out would change how it looks. */
export function canLayOut(text) {
  const pretty = laidOut(text);
  return pretty !== null && pretty !== text;
}

/** Append a body to an element, line by line: laid out if it can be and is wanted, and in colours. */
export function putCode(element, text, { pretty = true } = {}) {
  const shown = (pretty && laidOut(text)) || text;
  const tokens = { json: jsonTokens, markup: markupTokens, text: plainTokens }[languageOf(shown)];
  let line = element.appendChild(span("line", ""));
  for (const [kind, token] of tokens(shown.slice(0, PAINTED))) {
    token.split(/\r?\n/).forEach((part, index) => {
      if (index > 0) line = element.appendChild(span("line", ""));
      put(line, part, kind);
    });
  }
  for (const each of element.querySelectorAll(".line")) indent(each);
  if (shown.length > PAINTED) put(element.appendChild(span("line", "")), shown.slice(PAINTED));
}

/** Let a line that is too long go on below its own start, a little further in. */
function indent(line) {
  const columns = Math.min(/^ */.exec(line.textContent)[0].length, 24) + 2;
  line.style.setProperty("--columns", columns);
}

function laidOut(text) {
  if (text.length > 4 * PAINTED) return null;
  return { json: laidOutJson, markup: laidOutMarkup, text: () => null }[languageOf(text)](text);
}

function* plainTokens(text) {
  yield ["", text];
}

// ---- JSON ----

const JSON_TOKEN =
  /(?<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?<string>"(?:[^"\\]|\\.)*")|(?<number>-?\d[\d.eE+-]*)|(?<word>true|false|null)|(?<mark>[{}[\],:])|\s+|[^\s{}[\],:"]+|"/gs;

function* jsonTokens(text) {
  for (const match of text.matchAll(JSON_TOKEN)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    yield [kind ?? "", match[0]];
  }
}

/** Return JSON with line breaks and indents, its tokens as they are; null when it is no JSON. */
function laidOutJson(text) {
  try {
    JSON.parse(text); // asked for validity only: parsing would round numbers and drop names given twice
  } catch {
    return null;
  }
  let out = "";
  let depth = 0;
  const tokens = [...jsonTokens(text)].map(([, token]) => token).filter((token) => token.trim() !== "");
  const newLine = () => `\n${"  ".repeat(depth)}`;
  tokens.forEach((token, index) => {
    if (token === "{" || token === "[") {
      depth += 1;
      out += token + ("}]".includes(tokens[index + 1]) ? "" : newLine());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      out += ("{[".includes(tokens[index - 1]) ? "" : newLine()) + token;
    } else {
      out += token === "," ? token + newLine() : token === ":" ? ": " : token;
    }
  });
  return out;
}

// ---- XML and HTML ----

const MARKUP_TOKEN = /<!--[\s\S]*?(?:-->|$)|<[?!][^>]*>?|<\/?[^\s<>/]+(?:"[^"]*"|'[^']*'|[^<>"'])*>?|[^<]+|</g;
const TAG_PART = /^<\/?[^\s<>/]+|[^\s=<>"'/]+(?==)|"[^"]*"|'[^']*'|[\s\S]/g;

function* markupTokens(text) {
  for (const [token] of text.matchAll(MARKUP_TOKEN)) {
    if (/^<[?!]/.test(token)) yield ["quiet", token];
    else if (token.length > 1 && token[0] === "<") yield* tagTokens(token);
    else yield ["", token];
  }
}

function* tagTokens(tag) {
  for (const [part] of tag.matchAll(TAG_PART)) {
    const first = part[0];
    if (first === "<") yield ["tag", part];
    else if (part.length > 1) yield [first === '"' || first === "'" ? "string" : "key", part];
    else yield [part === ">" || part === "/" ? "tag" : "mark", part];
  }
}

/** Return XML with each element that holds others laid out over lines; null when its tags do not match. */
function laidOutMarkup(text) {
  if (/^\s*<(!doctype html|html)/i.test(text)) return null; // white space can mean something in a page
  const tokens = [...text.matchAll(MARKUP_TOKEN)].map(([token]) => token).filter((token) => token.trim() !== "");
  const lines = [];
  const open = [];
  let inline = false; // the last line is an element that so far holds text alone
  for (const token of tokens) {
    const indent = "  ".repeat(open.length);
    if (/^<[?!]/.test(token) || (token[0] === "<" && token.endsWith("/>"))) {
      lines.push(indent + token.trim());
      inline = false;
    } else if (token.startsWith("</")) {
      if (open.pop() !== token.slice(2, -1).trim()) return null;
      if (inline) lines[lines.length - 1] += token;
      else lines.push("  ".repeat(open.length) + token);
      inline = false;
    } else if (token[0] === "<") {
      lines.push(indent + token);
      open.push(/^<([^\s>/]+)/.exec(token)?.[1]);
      inline = true;
    } else if (inline) {
      lines[lines.length - 1] += token;
    } else {
      return null; // text between elements: leave it alone
    }
  }
  return open.length === 0 && lines.length > 1 ? lines.join("\n") : null;
}
