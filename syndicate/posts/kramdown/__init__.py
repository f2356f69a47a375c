"""kramdown, Jekyll's Markdown: its blocks are read here, comrak reads what is inside a line.

In one pass over the text, blocks become HTML with leaves between: runs of text such as a paragraph
or a cell. All leaves of a post are one text to comrak, a paragraph each, so that its own idea of
blocks never comes in. Laws of the syntax: https://kramdown.gettalong.org/syntax.html.
"""
