// The explorer: a case or a pasted response goes to the server, its answer becomes the page.

import { canLayOut, put, putCode } from "./code.js";
import { EXAMPLES } from "./examples.js";

const $ = (id) => document.getElementById(id);

const state = {
  cases: null, // until they are loaded
  system: null,
  current: null, // the case that is chosen
  shown: null, // the result on the page
  formats: {}, // dialect -> the format chosen last
  opened: ["axway", "usta", "mvno", "netmri", "problem", "problem-xml", "jsonapi"], // the cards that are shown
  asked: 0, // counts requests, so that a late answer never replaces a newer one
};

// ---- making elements ----

/** Return an element; children that are texts become text nodes, null, undefined, false and "" nothing. */
function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return add(element, ...children);
}

function add(element, ...children) {
  for (const child of children.flat()) {
    if (child instanceof Node) element.append(child);
    else if (child || child === 0) put(element, child);
  }
  return element;
}

const say = (text) => {
  $("said").textContent = text;
};

const statusClass = (status) => `s${Math.floor(status / 100)}`;

function statusBadge(status, size = "") {
  return h("span", { class: `status ${statusClass(status)} ${size}` }, status);
}

/** Put new children in the place of the old ones. */
function fill(id, ...children) {
  $(id).replaceChildren(...children.flat().filter(Boolean));
}

// ---- talking to the server ----

/** What an endpoint answered instead of a result: an error in the explorer's own contract. */
class Failure extends Error {
  constructor(title, detail = "") {
    super(detail);
    this.title = title;
  }
}

/** Return the JSON that an endpoint answers; throws a Failure. */
async function ask(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, options || {});
  } catch {
    throw new Failure("The demo does not answer", "It may have been stopped. Start it again, then try once more.");
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Failure(problem.title ?? `The demo answered ${response.status}`, problem.detail);
}

/** Ask for a result and show it, or say why there is none. */
async function result(path, body, { button, again, show, failed }) {
  const turn = ++state.asked;
  button?.setAttribute("aria-busy", "true");
  $("result").setAttribute("aria-busy", "true");
  try {
    const answer = await ask(path, body);
    if (turn !== state.asked) return;
    fill("failure");
    show(answer);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (turn === state.asked) {
      showFailure(failure, again);
      failed?.();
    }
  } finally {
    button?.removeAttribute("aria-busy");
    if (turn === state.asked) $("result").removeAttribute("aria-busy");
  }
}

function showFailure({ title, message }, again) {
  fill(
    "failure",
    h(
      "div",
      { class: "failure" },
      h("div", {}, h("p", { class: "failure-title" }, title), h("p", {}, message)),
      again && h("button", { type: "button", class: "quiet", onclick: again }, "Try again"),
    ),
  );
  $("failure").scrollIntoView({ block: "nearest" });
}

// ---- code blocks ----

/** Return a message as `curl -i` prints it: first line, header fields, body in colours. */
function codeBlock(label, firstLine, headers, body, { pretty = true } = {}) {
  const pre = h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label });
  const field = ([name, value]) => h("span", { class: "head-line field" }, `${name}: ${value}`);
  if (firstLine) add(pre, h("span", { class: "head-line first-line" }, firstLine), headers.map(field), h("span", { class: "line" }));
  if (body) putCode(pre, body, { pretty });
  else add(pre, h("span", { class: "quiet" }, "(no body)"));
  return pre;
}

function copyButton(label, textOf) {
  const button = h("button", { type: "button", class: "quiet" }, label);
  button.addEventListener("click", async () => {
    const copied = await copy(textOf());
    button.replaceChildren(copied ? "Copied" : "Not copied");
    say(copied ? "Copied to the clipboard" : "The browser did not allow copying");
    setTimeout(() => button.replaceChildren(label), 1600);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https or permission the old way may still work.
    const area = h("textarea", { class: "hidden", "aria-hidden": "true" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return copied;
  }
}

/** Return a button that switches a message between laid out and as sent; null where both look the same. */
function layoutSwitch(card, body, draw) {
  if (!canLayOut(body)) return null;
  const button = h("button", { type: "button", class: "quiet", "aria-pressed": "false" }, "As sent");
  button.addEventListener("click", () => {
    const asSent = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(asSent));
    card.querySelector("pre").replaceWith(draw(!asSent));
  });
  return button;
}

const statusLine = ({ status, phrase }, version = "HTTP/1.1") => `${version} ${status} ${phrase}`.trimEnd();

const size = (bytes) => (bytes === 1 ? "1 byte" : `${bytes.toLocaleString("en")} bytes`);

// ---- request and response ----

function requestCard(chosen) {
  const { request, before, curl } = chosen;
  const first = `${request.method} ${request.path} HTTP/1.1`;
  const draw = (pretty) => codeBlock("Request", first, request.headers, request.body, { pretty });
  const card = h("section", { class: "card", id: "request", "aria-labelledby": "request-title" });
  const send = h("button", { type: "button", class: "primary", id: "send", onclick: () => sendCurrent() }, "Send");
  return add(
    card,
    h(
      "header",
      { class: "card-head" },
      h("h2", { id: "request-title" }, "Request"),
      h("div", { class: "actions" }, layoutSwitch(card, request.body, draw), copyButton("Copy as curl", () => curl), send),
    ),
    h("p", { class: "card-about" }, chosen.title),
    beforeList(before),
    draw(true),
  );
}

function beforeList(before) {
  if (before.length === 0) return null;
  const row = ({ method, path, body }) => h("li", {}, `${method} ${path} `, body !== "{}" && h("span", { class: "quiet" }, body));
  return h("div", { class: "before" }, h("p", {}, "Before it, the scene is set:"), h("ul", {}, before.map(row)));
}

function responseCard(answer, expected) {
  const { response, request } = answer;
  const first = statusLine(response, request ? "HTTP/1.1" : "HTTP"); // a pasted text may be of any version
  const draw = (pretty) => codeBlock("Response", first, response.headers, response.body, { pretty });
  const card = h("section", { class: "card", id: "response", "aria-labelledby": "response-title" });
  return add(
    card,
    h(
      "header",
      { class: "card-head" },
      h("h2", { id: "response-title" }, "Response"),
      h("div", { class: "actions" }, layoutSwitch(card, response.body, draw), response.body && copyButton("Copy body", () => response.body)),
    ),
    h("p", { class: "card-about outcome" }, statusBadge(response.status), h("strong", {}, response.phrase), h("span", { class: "quiet" }, responseNote(response, expected))),
    beforeFailed(answer.before),
    draw(true),
  );
}

function responseNote({ status, bytes, cut }, expected) {
  const notes = [bytes ? size(bytes) : "no body"];
  if (cut) notes.push("the first 64 kB are shown");
  if (expected && expected !== status) notes.push(`the case expects ${expected}`);
  return notes.join(", ");
}

function beforeFailed(before = []) {
  const failed = before.find(({ status }) => status >= 400);
  return failed && h("p", { class: "warning" }, `The scene could not be set: ${failed.path} answered ${failed.status}.`);
}

function emptyResponse() {
  return h(
    "section",
    { class: "card waiting", id: "response", "aria-labelledby": "response-title" },
    h("header", { class: "card-head" }, h("h2", { id: "response-title" }, "Response")),
    h("p", { class: "empty" }, "Nothing sent yet.", h("br"), h("span", { class: "quiet" }, "Press Send, or Enter in the list of cases.")),
  );
}

// ---- the reading ----

function readingSection({ response, reading }) {
  if (!reading) return successSection(response);
  return h(
    "section",
    { class: "block", "aria-labelledby": "reading-title" },
    h("header", { class: "block-head" }, h("h2", { id: "reading-title" }, "What errata read"), dialectTag(reading)),
    h(
      "div",
      { class: "card reading" },
      h("div", { class: "headline" }, statusBadge(response.status, "large"), h("p", { class: "headline-text", id: "headline" }, reading.text)),
      h("div", { class: "facts" }, meaning(reading), members(reading)),
      violations(reading.violations),
      innerProblems(reading.problems),
      findings(reading.findings),
      problemJson(reading.json),
    ),
  );
}

function successSection({ status }) {
  return h(
    "section",
    { class: "block", "aria-labelledby": "reading-title" },
    h("header", { class: "block-head" }, h("h2", { id: "reading-title" }, "What errata read")),
    h("div", { class: "card" }, h("p", { class: "empty" }, `No error: ${status} is a success, and nothing in it says otherwise.`)),
  );
}

function dialectTag({ dialect, dialect_title: title }) {
  if (!dialect) return h("p", { class: "dialect-tag" }, h("strong", { id: "dialect" }, "guessed"), " no dialect fits, so the usual member names were looked for");
  return h("p", { class: "dialect-tag" }, h("strong", { id: "dialect" }, dialect), ` ${title}`);
}

function meaning({ meaning: { type, contract, docs, retry }, findings: odd }) {
  const origin = contract ? `, declared in the contract ${contract}` : ", a standard type";
  return h(
    "div",
    { class: "meaning" },
    h("h3", {}, "What it means"),
    docs.map((text) => h("p", {}, withCode(text))),
    !contract && h("p", {}, retry),
    h("p", { class: "quiet" }, h("code", {}, type), origin),
    odd.length === 0 && h("p", { class: "quiet" }, "Nothing odd was found while reading."),
  );
}

/** Return a text of our own whose `quoted` parts are code. */
function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

function members({ members: plain, extensions }) {
  const row = ([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const list = (id, title, rows) => rows.length > 0 && [h("h3", {}, title), h("dl", { id }, rows.map(row))];
  return h("div", { class: "members" }, list("members", "Members", plain), list("extensions", "Extension members", extensions));
}

function table(id, title, columns, rows) {
  const used = columns.filter(([, of]) => rows.some((row) => of(row) !== null && of(row) !== ""));
  return h(
    "div",
    { class: "part" },
    h("h3", { id: `${id}-title` }, title),
    h(
      "div",
      { class: "table", tabindex: "0", role: "region", "aria-labelledby": `${id}-title` },
      h(
        "table",
        { id },
        h("thead", {}, h("tr", {}, used.map(([name]) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, used.map(([, of, className]) => h("td", { class: className }, h("span", {}, of(row))))))),
      ),
    ),
  );
}

function violations(rows) {
  if (rows.length === 0) return null;
  const title = rows.length === 1 ? "1 violation" : `${rows.length} violations`;
  return table("violations", title, [
    ["Where", (v) => v.path || null, "mono"],
    ["In", (v) => v.location],
    ["What is wrong", (v) => v.detail],
    ["Check", (v) => v.code, "mono"],
    ["Status", (v) => v.status],
  ], rows);
}

function innerProblems(rows) {
  if (rows.length === 0) return null;
  return table("problems", `${rows.length} inner problems`, [
    ["Status", (p) => p.status],
    ["Code", (p) => p.code, "mono"],
    ["Text", (p) => p.text],
  ], rows);
}

function findings(rows) {
  if (rows.length === 0) return null;
  const row = ({ code, detail, path }) => h("li", {}, h("code", {}, code), ` ${detail}`, path && h("span", { class: "quiet" }, ` at ${path}`));
  const title = rows.length === 1 ? "1 finding" : `${rows.length} findings`;
  return h("div", { class: "part" }, h("h3", {}, title, h("span", { class: "quiet" }, " odd, and tolerated")), h("ul", { class: "findings", id: "findings" }, rows.map(row)));
}

function problemJson(json) {
  return h("details", { class: "part json" }, h("summary", {}, "The problem as JSON"), codeBlock("The problem as JSON", null, [], json));
}

// ---- the translations ----

function translationsSection({ reading, renderings }) {
  if (!reading) return null;
  const byDialect = Map.groupBy ? Map.groupBy(renderings, (r) => r.dialect) : groupByDialect(renderings);
  byDialect.delete(reading.dialect);
  const groups = [...byDialect.values()];
  const cards = h("div", { class: "cards" }, groups.filter(([{ dialect }]) => state.opened.includes(dialect)).map(translationCard));
  const overview = h("ul", { class: "overview", "aria-label": "What each dialect loses" }, groups.map((group) => overviewItem(group, cards)));
  return h(
    "section",
    { class: "block", "aria-labelledby": "translations-title" },
    h(
      "header",
      { class: "block-head" },
      h("h2", { id: "translations-title" }, reading.dialect ? "The same in every other dialect" : "The same in every dialect"),
      dialectFilter(overview),
    ),
    overview,
    cards,
  );
}

function dialectFilter(overview) {
  const count = overview.children.length;
  const narrow = ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of overview.children) item.hidden = !words.every((word) => item.dataset.words.includes(word));
  };
  return h("input", {
    id: "dialects-filter",
    class: "narrow",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Filter the dialects",
    placeholder: `Filter ${count} dialects`,
    oninput: narrow,
  });
}

function groupByDialect(renderings) {
  const groups = new Map();
  for (const each of renderings) groups.set(each.dialect, [...(groups.get(each.dialect) ?? []), each]);
  return groups;
}

const chosenOf = (group) => group.find(({ format }) => format === state.formats[group[0].dialect]) ?? group[0];

function overviewItem(group, cards) {
  const { dialect, title, lost } = chosenOf(group);
  const text = lost.length === 0 ? "whole" : `${lost.length} lost`;
  const jump = () => {
    if (!$(`to-${dialect}`)) {
      state.opened.push(dialect);
      cards.prepend(translationCard(group));
    }
    const card = $(`to-${dialect}`);
    card.scrollIntoView({ block: "start" });
    card.focus({ preventScroll: true });
  };
  const words = `${dialect} ${title}`.toLowerCase();
  return h("li", { "data-words": words, title }, h("button", { type: "button", class: lost.length ? "jump" : "jump whole", onclick: jump }, h("span", {}, dialect), h("span", { class: "jump-lost" }, text)));
}

function translationCard(group) {
  const { dialect, title } = group[0];
  const card = h("article", { class: "card translation", id: `to-${dialect}`, tabindex: "-1", "aria-labelledby": `to-${dialect}-title` });
  const part = h("div", { class: "translation-part" });
  const draw = () => {
    const shown = chosenOf(group);
    part.replaceChildren(lostList(shown), codeBlock(`${dialect}, ${shown.format}`, statusLine(shown), shown.headers, shown.body));
  };
  draw();
  return add(
    card,
    h(
      "header",
      { class: "card-head" },
      h("h3", { id: `to-${dialect}-title` }, dialect),
      h("div", { class: "actions" }, formatChoice(group, draw), copyButton("Copy body", () => chosenOf(group).body)),
    ),
    h("p", { class: "card-about quiet" }, title),
    part,
  );
}

function formatChoice(group, draw) {
  if (group.length === 1) return null;
  const { dialect } = group[0];
  const option = ({ format }) =>
    h(
      "label",
      {},
      h("input", {
        type: "radio",
        name: `format-${dialect}`,
        value: format,
        checked: chosenOf(group).format === format,
        onchange: () => {
          state.formats[dialect] = format;
          draw();
        },
      }),
      h("span", {}, format),
    );
  return h("fieldset", { class: "formats" }, h("legend", { class: "hidden" }, `Format of ${dialect}`), group.map(option));
}

function lostList({ lost }) {
  if (lost.length === 0) return h("p", { class: "lost whole" }, "Nothing lost");
  return h("div", { class: "lost" }, h("span", {}, "Lost"), h("ul", {}, lost.map((name) => h("li", {}, h("del", {}, name)))));
}

// ---- a result on the page ----

function showResult(answer, { expected, lead }) {
  state.shown = answer;
  const card = responseCard(answer, expected);
  if (lead) {
    $("response").replaceWith(card);
  } else {
    fill("exchange", card);
    $("exchange").classList.add("alone");
  }
  fill("reading", readingSection(answer));
  fill("translations", translationsSection(answer));
  announce(answer);
  if (matchMedia("(max-width: 959px)").matches) card.scrollIntoView({ block: "start" });
}

function announce({ response, reading, renderings }) {
  const status = `${response.status} ${response.phrase}`;
  if (!reading) say(`${status}, a success`);
  else say(`${status}, ${reading.dialect ? `read as ${reading.dialect}` : "guessed"}: ${reading.text}. ${renderings.length} translations.`);
}

// ---- cases ----

function chooseSystem(system) {
  state.system = system;
  const radio = document.querySelector(`input[name=system][value="${CSS.escape(system)}"]`);
  if (radio) radio.checked = true;
  listCases();
}

function listCases() {
  const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (each) => {
    const text = `${each.id} ${each.title} ${each.request.method} ${each.request.path} ${each.status} ${each.covers.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const rows = state.cases.filter((each) => each.system === state.system && fits(each));
  const empty = h("li", { class: "empty", role: "presentation" }, "No case has these words.", h("br"), h("span", { class: "quiet" }, "Escape clears the filter."));
  fill("cases", rows.length ? rows.map(caseRow) : empty);
  $("cases").removeAttribute("aria-busy");
  markCurrent();
}

function caseRow(each) {
  const row = h(
    "li",
    { role: "option", id: `case-${each.id}`, class: "case", "aria-selected": "false" },
    h("span", { class: "case-id" }, /^[A-Z]-?\d+/.exec(each.id)?.[0] ?? ""),
    h("span", { class: "case-title" }, each.title),
    statusBadge(each.status),
    h("span", { class: "case-path" }, `${each.request.method} ${each.request.path}`),
  );
  row.addEventListener("click", () => choose(each));
  row.addEventListener("dblclick", () => sendCurrent());
  return row;
}

function markCurrent() {
  for (const row of $("cases").querySelectorAll("[role=option]")) {
    const chosen = row.id === `case-${state.current?.id}`;
    row.setAttribute("aria-selected", String(chosen));
    if (chosen) row.scrollIntoView({ block: "nearest" });
  }
  const listed = state.current && $(`case-${state.current.id}`);
  if (listed) $("cases").setAttribute("aria-activedescendant", listed.id);
  else $("cases").removeAttribute("aria-activedescendant");
}

/** Choose a case: its request is shown, nothing is sent yet. */
function choose(chosen) {
  if (state.current === chosen) return;
  state.current = chosen;
  state.asked += 1; // an answer still under way belongs to another case
  $("result").removeAttribute("aria-busy");
  fill("failure");
  $("exchange").classList.remove("alone");
  fill("exchange", requestCard(chosen), emptyResponse());
  fill("reading");
  fill("translations");
  markCurrent();
  setHash(`#/case/${encodeURIComponent(chosen.id)}`);
}

function sendCurrent() {
  const chosen = state.current;
  if (!chosen) return;
  result("explorer/send", { id: chosen.id }, {
    button: $("send"),
    again: sendCurrent,
    show: (answer) => showResult(answer, { expected: answer.expected, lead: true }),
  });
}

function moveInList(event) {
  const rows = [...$("cases").querySelectorAll("[role=option]")];
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    sendCurrent();
    return;
  }
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, Home: 0, End: rows.length - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
  if (to === undefined || rows.length === 0) return;
  event.preventDefault();
  const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
  choose(state.cases.find(({ id }) => `case-${id}` === row.id));
}

async function loadCases() {
  try {
    const { cases } = await ask("explorer/cases");
    state.cases = cases;
    fill("failure");
    route();
  } catch (failure) {
    fill("cases", h("li", { class: "empty", role: "presentation" }, "The cases could not be loaded."));
    $("cases").removeAttribute("aria-busy");
    showFailure(failure, loadCases);
  }
}

// ---- pasted responses ----

function readPasted() {
  const text = $("text").value;
  const status = $("status").value.trim();
  if (status && !/^[1-9]\d\d$/.test(status)) {
    showFailure(new Failure("This is no status", `${JSON.stringify(status)} has not the three digits of an HTTP status, such as 404.`));
    $("status").focus();
    return;
  }
  result("explorer/read", { text, status: status ? Number(status) : null }, {
    button: $("read"),
    again: null,
    failed: () => $(text.trim() ? "status" : "text").focus(),
    show: (answer) => showResult(answer, { expected: null, lead: false }),
  });
}

function emptyPaste() {
  return h(
    "section",
    { class: "card waiting" },
    h("p", { class: "empty" }, "Nothing read yet.", h("br"), h("span", { class: "quiet" }, "Paste any error response, of any API: JSON, XML, a web page, or something broken.")),
  );
}

function listExamples() {
  const item = ({ name, about, text }) =>
    h(
      "li",
      {},
      h("button", {
        type: "button",
        class: "example",
        onclick: () => {
          $("text").value = text;
          $("status").value = "";
          readPasted();
        },
      }, h("span", {}, name), h("span", { class: "quiet" }, about)),
    );
  fill("examples", EXAMPLES.map(item));
}

// ---- tabs and addresses ----

const TABS = ["cases", "paste"];

function showTab(name) {
  for (const each of TABS) {
    const chosen = each === name;
    $(`tab-${each}`).setAttribute("aria-selected", String(chosen));
    $(`tab-${each}`).tabIndex = chosen ? 0 : -1;
    $(`panel-${each}`).hidden = !chosen;
  }
}

function setHash(hash) {
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

function openTab(name) {
  const isOpen = $(`tab-${name}`).getAttribute("aria-selected") === "true";
  if (isOpen) return;
  showTab(name);
  state.asked += 1;
  $("result").removeAttribute("aria-busy");
  fill("failure");
  if (name === "paste") {
    state.current = null;
    setHash("#/paste");
    $("exchange").classList.add("alone");
    fill("exchange", emptyPaste());
    fill("reading");
    fill("translations");
  } else {
    firstCase();
  }
}

function firstCase() {
  if (!state.cases) return;
  const listed = state.cases.filter(({ system }) => system === (state.system ?? state.cases[0].system));
  const first = listed.find(({ status }) => status >= 400) ?? listed[0];
  if (!first) {
    fill("cases");
    fill("exchange", h("section", { class: "card waiting" }, h("p", { class: "empty" }, "This demo has no cases.")));
    return;
  }
  chooseSystem(first.system);
  choose(first);
}

/** Show what the address asks for: `#/case/ID`, `#/paste`, or the first case. */
function route() {
  const [, kind, id] = location.hash.split("/");
  if (kind === "paste") {
    openTab("paste");
    return;
  }
  showTab("cases");
  if (!state.cases) return;
  const chosen = state.cases.find((each) => each.id === decoded(id));
  if (chosen) {
    chooseSystem(chosen.system);
    choose(chosen);
    return;
  }
  firstCase();
  if (kind === "case") showFailure(new Failure("There is no such case", `The address asks for ${decoded(id)}. The first case is shown instead.`));
}

function decoded(id = "") {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

// ---- listening ----

for (const radio of document.querySelectorAll("input[name=system]")) {
  radio.addEventListener("change", () => {
    $("filter").value = "";
    state.system = radio.value;
    firstCase();
  });
}

$("filter").addEventListener("input", listCases);
$("filter").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.value) {
    event.preventDefault();
    event.target.value = "";
    listCases();
  } else if (event.key === "Enter" || event.key === "ArrowDown") {
    event.preventDefault();
    const first = $("cases").querySelector("[role=option]");
    if (!first) return;
    choose(state.cases.find(({ id }) => `case-${id}` === first.id));
    $("cases").focus();
  }
});

$("cases").addEventListener("keydown", moveInList);

for (const name of TABS) $(`tab-${name}`).addEventListener("click", () => openTab(name));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = TABS.find((name) => $(`tab-${name}`).getAttribute("aria-selected") === "false");
  openTab(other);
  $(`tab-${other}`).focus();
});

$("panel-paste").addEventListener("submit", (event) => {
  event.preventDefault();
  readPasted();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) readPasted();
});

// Escape leads from the result back to where it came from.
$("result").addEventListener("keydown", (event) => {
  if (event.key === "Escape") ($("panel-paste").hidden ? $("cases") : $("text")).focus();
});

// The skip link must not touch the hash, which names the case.
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("result").focus();
});

addEventListener("hashchange", route);
listExamples();
route();
loadCases();
