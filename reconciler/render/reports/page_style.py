"""The style sheet of the page: system fonts, differences in two columns, light and dark."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --quiet: #60646c; --page: #fcfcfd; --card: #fff;
  --line: #e0e1e6; --red: #c62a2f; --red-soft: #ffefef; --green: #18794e; --green-soft: #e9f9ee;
  --amber: #ad5700; --blue: #0b68cb; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --quiet: #b0b4ba; --page: #111113;
  --card: #18191b; --line: #363a3f; --red: #ff9592; --red-soft: #3b1219; --green: #3dd68c;
  --green-soft: #132d21; --amber: #ffca16; --blue: #70b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 17px; margin: 32px 0 8px; }
.quiet { color: var(--quiet); }
code, td.old, td.new { font-family: ui-monospace, Menlo, Consolas, "D2Coding", monospace;
  font-size: 13px; overflow-wrap: anywhere; }
.cards { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; padding: 0; margin: 20px 0; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 8px 16px; } .cards b { font-size: 20px; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  margin: 8px 0; padding: 8px 12px; } summary { cursor: pointer; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; } td, th { text-align: left; vertical-align: top;
  padding: 4px 8px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.diff { table-layout: fixed; margin-top: 8px; } .diff th { width: 9em; font-weight: 600; }
td div { white-space: pre-wrap; min-height: 1.5em; } mark { color: inherit; border-radius: 3px; }
td.old mark { background: var(--red-soft); } td.new mark { background: var(--green-soft); }
.tag { display: inline-block; min-width: 5.5em; text-align: center; border: 1px solid currentColor;
  border-radius: 99px; padding: 0 8px; font-size: 12px; color: var(--quiet); }
.delete, .replace, .failed, .error, .missing, .conflict { color: var(--red); }
.create, .done, .ok, .verified { color: var(--green); }
.update, .forget, .warning, .unknown, .waiting, .different, .unreachable, .unverified {
  color: var(--amber); }
.adopt, .info { color: var(--blue); }
section.error { border-left: 4px solid var(--red); padding-left: 12px; color: var(--ink); }
section details > table:not(.diff) th { width: 13em; font-weight: 600; }
section details > table:not(.diff) td:nth-child(2) { width: 9em; }
.note { border-left: 3px solid var(--amber); padding-left: 8px; margin: 8px 0; }
.rounds { display: flex; gap: 12px; overflow-x: auto; list-style: none; padding: 0 0 8px;
  margin: 0; }
.rounds > li { min-width: 220px; } .rounds ol { list-style: none; padding: 0; margin: 0; }
.rounds ol li { background: var(--card); border: 1px solid var(--line); border-left-width: 4px;
  border-left-color: currentColor; border-radius: 6px; padding: 4px 8px; margin-bottom: 6px;
  font: 12px/1.4 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.rounds > li + li::before { content: "then"; color: var(--quiet); font-size: 12px; }
"""
