// Search as you type, and the choice of light or dark. Works from a file: nothing is fetched. All text is inserted as text.
"use strict";
(() => {
  const SHOWN = 40;
  const root = document.documentElement;
  const store = {
    get() { try { return localStorage.getItem("unison-theme"); } catch { return null; } },
    set(value) { try { value ? localStorage.setItem("unison-theme", value) : localStorage.removeItem("unison-theme"); } catch { /* not kept */ } },
  };
  const wear = (theme) => { theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme"); };
  wear(store.get()); // before anything is painted

  const fold = (text) => text.toLowerCase();
  const squeeze = (text) => text.toLowerCase().replace(/\s+/g, "");

  // How well a row fits: smaller is better, -1 not at all.
  const rank = (row, query, tight, words) => {
    const name = row.low, last = row.last;
    if (name === query || last === query) return 0;
    if (last.startsWith(query)) return 10;
    if (name.startsWith(query)) return 20;
    const at = name.indexOf(query);
    if (at >= 0) return name[at - 1] === "." ? 25 : 30;
    if (tight.length > 1 && row.type.includes(tight)) return 40 + (row.type.length - tight.length) / 20;
    if (words.every((word) => row.text.includes(word))) return 60;
    // The letters in their order: `lfm` finds `List.flatMap`.
    let from = 0;
    for (const letter of query) {
      from = name.indexOf(letter, from) + 1;
      if (from === 0) return -1;
    }
    return query.length > 2 ? 80 + name.length / 100 : -1;
  };

  let rows = null;
  const prepare = () => (rows ??= (window.UNISON_INDEX || []).map(([name, kind, type, about, address]) => ({
    name, kind, type: squeeze(type), shownType: type, about, address,
    low: fold(name), last: fold(name.slice(name.lastIndexOf(".", name.length - 2) + 1)), text: fold(`${name} ${about} ${kind}`),
  })));
  const search = (query) => {
    const low = fold(query.trim()), tight = squeeze(query), words = low.split(/\s+/);
    if (!low) return [];
    return prepare()
      .map((row) => [rank(row, low, tight, words), row])
      .filter(([score]) => score >= 0)
      .sort(([a, x], [b, y]) => a - b || x.name.length - y.name.length || (x.name < y.name ? -1 : 1))
      .slice(0, SHOWN)
      .map(([, row]) => row);
  };

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const start = () => {
    const input = document.getElementById("search"), list = document.getElementById("results");
    let chosen = -1;
    const choose = (next) => {
      const items = list.querySelectorAll("li[role=option]");
      items[chosen]?.setAttribute("aria-selected", "false");
      chosen = items.length ? (next + items.length) % items.length : -1;
      const item = items[chosen];
      if (!item) return input.removeAttribute("aria-activedescendant");
      item.setAttribute("aria-selected", "true");
      item.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", item.id);
    };
    const show = (open) => {
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
    };
    const row = (found, index) => {
      const parent = found.name.slice(0, found.name.length - found.last.length);
      const name = element("div", "found", element("span", "of", parent), element("b", "", found.name.slice(parent.length)));
      const type = found.kind === "type" || found.kind === "ability" ? `  ${found.kind} ${found.shownType}` : ` : ${found.shownType}`;
      name.append(type);
      const link = element("a", "", name);
      if (found.about) link.append(element("div", "about", found.about));
      link.href = found.address;
      link.tabIndex = -1;
      const item = element("li", "", link);
      item.id = `result-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      return item;
    };
    const update = () => {
      const query = input.value, found = search(query);
      list.replaceChildren(...found.map(row));
      if (query.trim() && !found.length) list.append(element("li", "none", "Nothing is called so, has such a type, or is about this."));
      show(Boolean(query.trim()));
      chosen = -1;
      choose(0);
    };
    const leave = () => { show(false); input.blur(); };
    input.addEventListener("input", update);
    input.addEventListener("focus", () => { if (input.value.trim()) update(); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") choose(chosen + 1);
      else if (event.key === "ArrowUp") choose(chosen - 1);
      else if (event.key === "Enter") { list.querySelectorAll("li[role=option] a")[chosen]?.click(); leave(); }
      else if (event.key === "Escape") { input.value = ""; leave(); }
      else return;
      event.preventDefault();
    });
    list.addEventListener("click", leave);
    document.addEventListener("click", (event) => { if (!event.target.closest(".search")) show(false); });
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey;
      if (event.key === "/" && !typing) { input.focus(); input.select(); event.preventDefault(); }
    });

    const button = document.getElementById("theme"), order = ["", "light", "dark"], words = ["Auto", "Light", "Dark"];
    const label = () => {
      const now = order.indexOf(store.get() ?? "");
      button.textContent = words[Math.max(now, 0)];
      button.setAttribute("aria-label", `Colours: ${words[Math.max(now, 0)]}`);
    };
    button.addEventListener("click", () => {
      const next = order[(order.indexOf(store.get() ?? "") + 1) % order.length];
      store.set(next);
      wear(next);
      label();
    });
    button.hidden = false;
    label();

    // On a narrow screen the list of namespaces is folded; the one that is open stays in sight on a wide one.
    const spaces = document.querySelector("nav.spaces details");
    const narrow = matchMedia("(max-width: 52rem)");
    const adapt = () => { spaces.open = !narrow.matches; };
    narrow.addEventListener("change", adapt);
    adapt();
    document.querySelector("nav.spaces [aria-current]")?.scrollIntoView({ block: "nearest" });
    const asked = new URLSearchParams(location.search).get("q");
    if (asked) { input.value = asked; input.focus(); update(); }
  };
  document.addEventListener("DOMContentLoaded", start);
})();
