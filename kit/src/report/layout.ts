/**
 * Runs before anything is drawn, so that a remembered theme does not flash. Storage may throw for
 * a page opened from disk.
 */
export const themeScript =
  "try{var t=localStorage.getItem('om-ops:theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/** The Eta template of every report. `<%~` is used only for what `render.ts` has made safe. */
export const layout = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="<%= it.policy %>">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="om-ops<% if (it.version) { %> <%= it.version %><% } %>">
<title><%= it.heading %> · <%= it.site %></title>
<style><%~ it.styles %></style>
<script><%~ it.themeScript %></script>
</head>
<body>
<div id="app"></div>
<noscript>
<main class="plain">
<p><%= it.site %></p>
<h1><%= it.heading %></h1>
<p>Made <%= it.made %>. JavaScript is off, so this is the summary only.</p>
<% if (it.summary.text) { %><p><%= it.summary.text %></p><% } %>
<dl><% for (const [label, value] of it.summary.facts) { %><dt><%= label %></dt><dd><%= value %></dd><% } %></dl>
</main>
</noscript>
<% for (const block of it.blocks) { %><script type="<%= block.type %>" id="<%= block.id %>"><%~ block.body %></script>
<% } %><script><%~ it.script %></script>
</body>
</html>
`;
