"""The playground: a page, served from this process, that shows the engine at work (`neuralzoo playground`).

A room is a Python class that owns a model and answers messages, and a module of the page that draws what it sends. Nothing is
computed in the browser: every number on the page was made by the same code as `Model.fit` (docs/design/0021-playground.md).
"""
