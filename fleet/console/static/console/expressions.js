/* Lets the admin theme's Alpine work under a policy without `unsafe-eval`.
 *
 * Alpine hands every attribute's expression to an evaluator, which by default compiles it as code.
 * This one reads the small language that the theme's attributes are written in, and nothing more:
 * literals, names, members, calls, operators, assignments, arrows of one expression, `if`, `;`.
 * It must be loaded before Alpine starts.
 */
"use strict";
(() => {
  const TOKEN =
    /\s*(?:([A-Za-z_$][\w$]*)|(\d+(?:\.\d+)?)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|=>|\+\+|--|\+=|-=|[-+*/%<>=!?:;,.(){}[\]]))/y;
  const WORDS = { true: true, false: false, null: null, undefined: undefined };
  const OUT_OF_REACH = new Set(["constructor", "__proto__", "prototype", "eval", "Function"]);
  const LEVELS = [
    { "||": (a, b) => a() || b(), "??": (a, b) => a() ?? b() },
    { "&&": (a, b) => a() && b() },
    {
      "===": (a, b) => a() === b(), "!==": (a, b) => a() !== b(),
      "==": (a, b) => a() == b(), "!=": (a, b) => a() != b(),
    },
    { "<": (a, b) => a() < b(), ">": (a, b) => a() > b(), "<=": (a, b) => a() <= b(), ">=": (a, b) => a() >= b() },
    { "+": (a, b) => a() + b(), "-": (a, b) => a() - b() },
    { "*": (a, b) => a() * b(), "/": (a, b) => a() / b(), "%": (a, b) => a() % b() },
  ];

  function tokens(text) {
    const found = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const at = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (!match) throw new SyntaxError(`cannot read ${JSON.stringify(text.slice(at, at + 20))}`);
      const [, name, number, single, double, symbol] = match;
      if (name !== undefined) found.push({ kind: "name", value: name });
      else if (number !== undefined) found.push({ kind: "value", value: Number(number) });
      else if (symbol !== undefined) found.push({ kind: "symbol", value: symbol });
      else found.push({ kind: "value", value: (single ?? double).replace(/\\(.)/g, "$1") });
    }
    return found;
  }

  const reachable = (key) => {
    if (OUT_OF_REACH.has(String(key))) throw new TypeError(`${key} is out of reach`);
    return key;
  };

  /* Every node is { get(env) }, with set(env, value) where one can assign, and call(env, args)
     where the value needs its owner as `this`. */
  const variable = (name) => {
    reachable(name);
    const holder = (env) => env.find((frame) => name in frame);
    return {
      name,
      get(env) {
        const frame = holder(env);
        if (!frame) throw new ReferenceError(`${name} is not defined`);
        return frame[name];
      },
      set: (env, value) => ((holder(env) ?? env[0])[name] = value),
      call(env, args) {
        const frame = holder(env);
        if (!frame) throw new ReferenceError(`${name} is not defined`);
        return frame[name].apply(frame, args);
      },
    };
  };

  const member = (owner, key, optional) => ({
    get(env) {
      const of = owner.get(env);
      return optional && of == null ? undefined : of[reachable(key(env))];
    },
    set: (env, value) => (owner.get(env)[reachable(key(env))] = value),
    call(env, args) {
      const of = owner.get(env);
      return optional && of == null ? undefined : of[reachable(key(env))].apply(of, args);
    },
  });

  function parse(text) {
    const list = tokens(text);
    let at = 0;
    const is = (symbol, ahead = 0) => list[at + ahead]?.kind === "symbol" && list[at + ahead].value === symbol;
    const take = (symbol) => is(symbol) && ++at > 0;
    const need = (symbol) => {
      if (!take(symbol)) throw new SyntaxError(`${symbol} is missing in ${JSON.stringify(text)}`);
    };
    const word = (name) => list[at]?.kind === "name" && list[at].value === name && ++at > 0;

    function several(end) {
      const found = [];
      while (!take(end)) {
        found.push(expression());
        if (!is(end)) need(",");
      }
      return found;
    }

    function arrow() {
      const open = at;
      const names = [];
      if (list[at]?.kind === "name" && is("=>", 1)) names.push(list[at++].value);
      else if (take("(")) {
        while (list[at]?.kind === "name") {
          names.push(list[at++].value);
          take(",");
        }
        if (!take(")") || !is("=>")) at = open;
      }
      if (!take("=>")) return null;
      const body = expression();
      const bound = (values) => Object.fromEntries(names.map((name, index) => [name, values[index]]));
      return { get: (env) => (...values) => body.get([bound(values), ...env]) };
    }

    function primary() {
      const token = list[at++];
      if (!token) throw new SyntaxError(`${JSON.stringify(text)} ends too early`);
      if (token.kind === "value") return { get: () => token.value };
      if (token.kind === "name") {
        if (Object.hasOwn(WORDS, token.value)) return { get: () => WORDS[token.value] };
        return variable(token.value);
      }
      if (token.value === "(") {
        const inner = expression();
        need(")");
        return { get: inner.get };
      }
      if (token.value === "[") {
        const items = several("]");
        return { get: (env) => items.map((item) => item.get(env)) };
      }
      if (token.value === "{") return object();
      throw new SyntaxError(`${token.value} is unexpected in ${JSON.stringify(text)}`);
    }

    function object() {
      const pairs = [];
      while (!take("}")) {
        const key = reachable(list[at++]?.value);
        pairs.push([key, take(":") ? expression() : variable(key)]);
        if (!is("}")) need(",");
      }
      return { get: (env) => Object.fromEntries(pairs.map(([key, value]) => [key, value.get(env)])) };
    }

    function suffixed() {
      let node = primary();
      for (;;) {
        const owner = node;
        const optional = is("?.");
        if (take(".") || take("?.")) {
          const name = list[at++]?.value;
          node = member(owner, () => name, optional);
        } else if (take("[")) {
          const key = expression();
          need("]");
          node = member(owner, key.get, false);
        } else if (take("(")) {
          const args = several(")");
          const values = (env) => args.map((each) => each.get(env));
          node = { get: (env) => (owner.call ? owner.call(env, values(env)) : owner.get(env)(...values(env))) };
        } else if (is("++") || is("--")) {
          const step = list[at++].value === "++" ? 1 : -1;
          node = { get: (env) => owner.set(env, owner.get(env) + step) - step };
        } else return node;
      }
    }

    function unary() {
      if (word("typeof")) {
        const of = unary();
        return { get: (env) => (of.name && !env.some((frame) => of.name in frame) ? "undefined" : typeof of.get(env)) };
      }
      if (take("!")) {
        const of = unary();
        return { get: (env) => !of.get(env) };
      }
      if (take("-")) {
        const of = unary();
        return { get: (env) => -of.get(env) };
      }
      return suffixed();
    }

    function binary(level) {
      if (level === LEVELS.length) return unary();
      let node = binary(level + 1);
      for (;;) {
        const symbol = list[at]?.kind === "symbol" ? list[at].value : "";
        if (!Object.hasOwn(LEVELS[level], symbol)) return node;
        at += 1;
        const [left, right, operate] = [node, binary(level + 1), LEVELS[level][symbol]];
        node = { get: (env) => operate(() => left.get(env), () => right.get(env)) };
      }
    }

    function expression() {
      const made = arrow();
      if (made) return made;
      const node = binary(0);
      if (take("?")) {
        const yes = expression();
        need(":");
        const no = expression();
        return { get: (env) => (node.get(env) ? yes.get(env) : no.get(env)) };
      }
      for (const [symbol, mixed] of [["=", (a, b) => b], ["+=", (a, b) => a + b], ["-=", (a, b) => a - b]]) {
        if (!take(symbol)) continue;
        if (!node.set) throw new SyntaxError(`nothing to assign to in ${JSON.stringify(text)}`);
        const value = expression();
        return { get: (env) => node.set(env, mixed(symbol === "=" ? null : node.get(env), value.get(env))) };
      }
      return node;
    }

    function block() {
      if (!take("{")) return statement();
      const inner = statements("}");
      need("}");
      return inner;
    }

    function statement() {
      if (!word("if")) return expression();
      need("(");
      const condition = expression();
      need(")");
      const yes = block();
      take(";");
      const no = word("else") ? block() : null;
      return { get: (env) => (condition.get(env) ? yes.get(env) : no?.get(env)) };
    }

    function statements(end) {
      const found = [];
      while (at < list.length && !(end && is(end))) {
        if (take(";")) continue;
        found.push(statement());
        if (at < list.length && !is(";") && !(end && is(end)) && !is("}", -1))
          throw new SyntaxError(`cannot read on at ${list[at].value} in ${JSON.stringify(text)}`);
      }
      return { get: (env) => found.reduce((_, each) => each.get(env), undefined) };
    }

    return statements();
  }

  const known = new Map();
  const compiled = (text) => {
    if (!known.has(text)) known.set(text, parse(text));
    return known.get(text);
  };

  function evaluator(element, expression) {
    const own = {
      $el: element,
      $dispatch: (name, detail = {}) =>
        element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true })),
    };
    const stack = Alpine.closestDataStack(element);
    return (receiver = () => {}, { scope = {}, params = [] } = {}) => {
      const data = Alpine.mergeProxies([scope, ...stack]);
      try {
        const code = typeof expression === "function" ? null : compiled(expression);
        const value = code ? code.get([own, data, window]) : expression.apply(data, params);
        receiver(typeof value === "function" ? value.apply(data, params) : value);
      } catch (error) {
        console.error(`${error.message} (${expression})`, element);
      }
    };
  }

  document.addEventListener("alpine:init", () => Alpine.setEvaluator(evaluator));
})();

/* The theme's toggles are bare spans: let the keyboard reach and press them, too. */
addEventListener("DOMContentLoaded", () => {
  for (const span of document.querySelectorAll("span[x-on\\:click]")) {
    span.tabIndex = 0;
    span.setAttribute("role", "button");
    if (/^\s*dock_to_right\s*$/.test(span.textContent)) span.setAttribute("aria-label", "Menu");
    span.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      span.click();
    });
  }
});
