// The weekly page in headless Chromium: light and dark, wide and narrow.
//
// usage: node weekly_page.js PAGE BINARY CONFIG LAKE
//
// PAGE is the index.html of a published run; BINARY, CONFIG and LAKE answer `refrain sql`, so that the
// figures on the page can be compared with the published tables. Ends with "N passed, N failed".
// Hostile text in names is the Rust tests' concern (pipeline/board/src/tests.rs).

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [pagePath, binary, config, lake] = process.argv.slice(2);
if (!lake) {
  console.error("usage: node weekly_page.js PAGE BINARY CONFIG LAKE");
  process.exit(2);
}
const pageUrl = pathToFileURL(resolve(pagePath)).href;
const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

let passed = 0;
let failed = 0;

/** One expectation: `problems` is what speaks against it, empty when it holds. */
function check(name, problems) {
  const found = [problems].flat().filter((problem) => problem !== false && problem !== undefined && problem !== "");
  if (found.length === 0) {
    passed += 1;
    return;
  }
  failed += 1;
  console.error(`FAILED ${name}`);
  for (const problem of found.slice(0, 8)) console.error(`    ${problem}`);
  if (found.length > 8) console.error(`    … and ${found.length - 8} more`);
}

/** Rows of one SELECT over the published tables. */
function sql(statement) {
  const answer = execFileSync(binary, ["sql", "--config", config, "--lake", lake, "--format", "json", statement], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return answer.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Text as it is compared: the page's fixed spaces are spaces. */
const plain = (text) => (text ?? "").replace(/[\u00a0\u202f\u2009]/g, " ").trim();

/** The page's way to write a share. */
const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** The page's way to write a day: 2 Nov 2026. */
function day(isoDate) {
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const [year, month, date] = isoDate.split("-").map(Number);
  return `${date} ${months[month - 1]} ${year}`;
}

/** Runs in the page: what is wrong with the drawings, and how many there are. */
function inspectCharts() {
  const problems = [];
  const described = (svg) => svg.getAttribute("aria-label") ?? svg.closest(".card")?.querySelector("h3")?.textContent ?? "unnamed";
  const charts = [...document.querySelectorAll("svg")].filter((svg) => svg.getClientRects().length > 0);
  const numeric = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d", "points", "transform", "viewBox"];
  for (const svg of charts) {
    const name = described(svg).trim();
    const box = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
    if (box.length !== 4 || box.some((value) => !Number.isFinite(value))) {
      problems.push(`${name}: viewBox is ${svg.getAttribute("viewBox")}`);
      continue;
    }
    if (svg.querySelector("path, line, rect, circle, polyline, polygon") === null) problems.push(`${name}: nothing is drawn`);
    for (const element of svg.querySelectorAll("*")) {
      for (const attribute of numeric) {
        const value = element.getAttribute(attribute);
        if (value !== null && /NaN|inf|undefined/i.test(value)) problems.push(`${name}: ${element.tagName} ${attribute}="${value}"`);
      }
    }
    const frame = svg.getBoundingClientRect();
    for (const element of svg.querySelectorAll("path, line, rect, circle, polyline, polygon, text")) {
      const shape = element.getBoundingClientRect();
      if (shape.width === 0 && shape.height === 0) continue;
      const slack = 1.5;
      if (
        shape.left < frame.left - slack || shape.right > frame.right + slack ||
        shape.top < frame.top - slack || shape.bottom > frame.bottom + slack
      ) {
        const text = element.textContent?.trim().slice(0, 40);
        problems.push(`${name}: ${element.tagName} ${text ? `"${text}"` : ""} leaves the picture`);
      }
    }
  }
  return { count: charts.length, problems };
}

/** Runs in the page: drawings without a text alternative. */
function chartsWithoutText() {
  const missing = [];
  for (const svg of document.querySelectorAll("svg")) {
    const label = svg.getAttribute("aria-label") ?? svg.querySelector("title")?.textContent ?? "";
    const isImage = svg.getAttribute("role") === "img" && label.trim().length > 10;
    // A line beside a figure may be hidden from screen readers when the figure is there as text.
    const card = svg.closest(".card, tr, li");
    const isDecoration = svg.getAttribute("aria-hidden") === "true" && card !== null && /\d/.test(card.textContent);
    if (!isImage && !isDecoration) missing.push(`svg in ${svg.closest("section")?.id ?? "the head"}: "${label}"`);
  }
  for (const figure of document.querySelectorAll("figure")) {
    const section = figure.closest("section");
    if (!section?.querySelector("table")) missing.push(`figure in ${section?.id}: no table with its figures`);
  }
  return missing;
}

/** Runs in the page: text whose contrast with its background is too low to read. */
function faintTexts() {
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const paper = channels(getComputedStyle(document.body).backgroundColor);
  const faint = [];
  for (const element of document.querySelectorAll("h1, h2, h3, p, dd, dt, td, th")) {
    if (element.getClientRects().length === 0 || !element.textContent.trim()) continue;
    let behind = element;
    let ground = paper;
    while (behind && behind !== document.body) {
      const color = channels(getComputedStyle(behind).backgroundColor);
      if (color.length === 3 || color[3] === 1) {
        ground = color;
        break;
      }
      behind = behind.parentElement;
    }
    const [light, dark] = [luminance(channels(getComputedStyle(element).color)), luminance(ground)].sort((left, right) => right - left);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(1)}:1 "${element.textContent.trim().slice(0, 40)}"`);
  }
  return faint;
}

/** The final weeks of the headline metric, newest first. */
const weeks = sql(
  "select reporting_week, first_contact_count, resolved_contact_count, unresolved_contact_count, pending_contact_count, " +
    "fcr_rate, fcr_rate_low, fcr_rate_high from first_contact_resolution_weekly where dimension = 'all' " +
    "and pending_contact_count = 0 order by reporting_week desc limit 4",
);
const sites = sql(
  "select distinct member from first_contact_resolution_weekly where dimension = 'site' order by member",
).map((row) => row.member);
check("the run has final weeks to compare", weeks.length === 0 && "no week is final");

const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
try {
  for (const colorScheme of ["light", "dark"]) {
    for (const [width, height] of [[1280, 900], [390, 844]]) {
      const where = `${colorScheme}, ${width} px`;
      const context = await browser.newContext({ colorScheme, viewport: { width, height } });
      const page = await context.newPage();
      const messages = [];
      const requests = [];
      page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => messages.push(`error: ${error.message}`));
      page.on("dialog", (dialog) => { messages.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
      page.on("request", (request) => requests.push(request.url()));
      await page.addInitScript(() => {
        window.violations = [];
        document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
      });
      await page.goto(pageUrl, { waitUntil: "load" });
      await page.waitForTimeout(200);

      check(`${where}: nothing on the console`, messages);
      check(`${where}: no policy violation`, await page.evaluate(() => window.violations));
      check(`${where}: nothing is fetched beyond the file`, requests.filter((url) => url !== pageUrl && !url.startsWith("data:")));
      check(`${where}: the policy forbids scripts and connections`, await page.evaluate(() => {
        const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content ?? "";
        return (!/default-src 'none'/.test(policy) || /script-src|connect-src|unsafe-eval/.test(policy)) && `policy is "${policy}"`;
      }));
      check(`${where}: no scripts in the page`, await page.evaluate(() => document.scripts.length > 0 && `${document.scripts.length} scripts`));

      const headline = (await page.locator("h1").allInnerTexts()).map(plain);
      check(`${where}: one headline that says a number`, headline.length !== 1 || !/\d/.test(headline[0]) ? `headlines: ${JSON.stringify(headline)}` : "");
      check(`${where}: the page names its language and title`, await page.evaluate(() =>
        !(document.documentElement.lang && document.title.length > 10) && `lang "${document.documentElement.lang}", title "${document.title}"`));

      const charts = await page.evaluate(inspectCharts);
      check(`${where}: charts are there`, charts.count < 8 && `${charts.count} charts are visible`);
      check(`${where}: charts stay in their pictures`, charts.problems);
      check(`${where}: every chart has a text alternative`, await page.evaluate(chartsWithoutText));
      check(`${where}: text can be read on its background`, await page.evaluate(faintTexts));
      check(`${where}: links lead to places in the page`, await page.evaluate(() =>
        [...document.querySelectorAll("a")].filter((link) => {
          const target = link.getAttribute("href") ?? "";
          return !target.startsWith("#") || document.getElementById(target.slice(1)) === null;
        }).map((link) => `link to ${link.getAttribute("href")}`)));
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      check(`${where}: nothing runs out to the right`, overflow > 0 && `${overflow} px too wide`);

      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
      const isDark = background[0] + background[1] + background[2] < 300;
      check(`${where}: the paper follows the reader's choice`, isDark !== (colorScheme === "dark") && `background is ${background}`);

      const cells = await page.evaluate(() => [...document.querySelectorAll("table")].map((table) =>
        [...table.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent))));
      const tables = cells.map((table) => table.map((row) => row.map(plain)));
      const rowOf = (name) => tables.flatMap((table) => {
        const head = table[0] ?? [];
        return head.includes("First contacts") && head.includes("Share solved") && head.includes("Solved")
          ? table.filter((row) => row[0] === name).map((row) => Object.fromEntries(head.map((title, column) => [title, row[column]])))
          : [];
      })[0];
      for (const week of weeks) {
        const shown = rowOf(day(week.reporting_week));
        const expected = {
          "First contacts": String(week.first_contact_count),
          Solved: String(week.resolved_contact_count),
          "Not solved": String(week.unresolved_contact_count),
          Undecided: String(week.pending_contact_count),
          "Share solved": percent(week.fcr_rate),
          "95 % interval": `${(week.fcr_rate_low * 100).toFixed(1)} – ${percent(week.fcr_rate_high)}`,
        };
        check(`${where}: the week of ${week.reporting_week} equals the table`, shown === undefined
          ? "the week is in no table"
          : Object.entries(expected).filter(([title, value]) => shown[title]?.replaceAll(",", "") !== value)
              .map(([title, value]) => `${title}: page ${shown[title]}, table ${value}`));
      }
      const figure = plain(await page.locator(".card.main .figure").first().innerText());
      check(`${where}: the large figure is the newest final week`, weeks[0] && figure !== percent(weeks[0].fcr_rate) && `page ${figure}, table ${percent(weeks[0].fcr_rate)}`);
      check(`${where}: the headline is about the same figure`, weeks[0] && !headline[0]?.includes(percent(weeks[0].fcr_rate)) && `headline "${headline[0]}"`);
      const text = plain(await page.locator("body").innerText()).toLowerCase();
      check(`${where}: every site is named`, sites.filter((site) => !text.includes(site.toLowerCase())).map((site) => `${site} is missing`));
      check(`${where}: no leftover of a program`, ["NaN", "undefined", "null", "Infinity", "{{"].filter((word) => text.includes(word.toLowerCase())).map((word) => `"${word}" on the page`));
      await context.close();
    }
  }

  // On paper: the same page without colours of a dark screen.
  const page = await browser.newPage();
  await page.goto(pageUrl);
  await page.emulateMedia({ media: "print" });
  check("print: charts are there", (await page.evaluate(inspectCharts)).count < 8 && "fewer than 8 charts are printed");
  const pdf = await page.pdf({ format: "A4" });
  check("print: a PDF comes out", pdf.length < 20_000 && `${pdf.length} bytes`);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
