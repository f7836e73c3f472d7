// Draws /openapi.json for people. Every text of it is set as text, none as HTML.
"use strict";

/** An element with a text or with children, and perhaps an id. */
function make(tag, content, id) {
  const element = document.createElement(tag);
  element.append(...[content].flat());
  if (id) element.id = id;
  return element;
}

/** The text with what stands between backticks as code. */
function prose(text) {
  return text.split("`").map((part, i) => (i % 2 ? make("code", part) : part));
}

function link(id, content) {
  const element = make("a", content);
  element.href = `#${id}`;
  return element;
}

function operation(verb, path, about) {
  const text = about.description.replaceAll("http://127.0.0.1:8000", location.origin);
  const paragraphs = text.split("\n\n").map((part) => make("p", prose(part)));
  const parameters = (about.parameters ?? []).map((one) =>
    make("p", ["In the URL: ", make("code", one.name), `. ${one.description}`]),
  );
  const bodies = Object.keys(about.requestBody?.content ?? {}).map((type) => make("li", make("code", type)));
  return make(
    "section",
    [
      make("h2", make("code", `${verb.toUpperCase()} ${path}`)),
      ...paragraphs,
      ...parameters,
      ...(bodies.length ? [make("p", "Body:"), make("ul", bodies)] : []),
    ],
    path,
  );
}

function schema(name, about) {
  const properties = JSON.stringify(about.properties ?? {}, null, 1);
  return [make("h3", name), make("p", prose(about.description ?? "")), make("pre", make("code", properties))];
}

function problems(statuses) {
  const head = make("tr", ["code", "status"].map((title) => make("th", title)));
  const rows = Object.entries(statuses).map(([code, status]) =>
    make("tr", [make("td", make("code", code)), make("td", String(status))], code),
  );
  return make("table", [make("thead", head), make("tbody", rows)]);
}

async function draw() {
  const api = await (await fetch("/openapi.json")).json();
  document.querySelector("h1").textContent = `${api.info.title} ${api.info.version}`;
  document.querySelector("header p").textContent = api.info.description;
  const main = document.querySelector("main");
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [verb, about] of Object.entries(item)) {
      main.append(operation(verb, path, about));
      document.querySelector("nav ul").append(make("li", link(path, make("code", path))));
    }
  }
  const problem = api.paths["/v1/read"].post.responses["4XX"].content["application/problem+json"].schema;
  const schemas = Object.entries({ ...api.components.schemas, Problem: problem }).flatMap(([name, about]) => schema(name, about));
  main.append(make("section", [make("h2", "Answers"), ...schemas], "answers"));
  main.append(make("section", [make("h2", "Problems"), problems(problem["x-problems"])], "problems"));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

draw();
