"""Writes manifests: their text, the file it goes into, and saving it without damage to any file.

| module | does |
|---|---|
| `yaml_text` | returns the text of a new document, in one fixed style |
| `appending` | adds documents to the end of a file's text; those in it stay as they are |
| `layout` | names the file a manifest goes into; checks the folder that an import writes to |
| `lists` | names and writes files of phone numbers, one number a line |
| `rewriting` | gives fields new values in the text of existing manifests, and proves the result |
| `tree` | finds where each value of a document begins and ends |
| `spelling` | writes a value in the style of the one it replaces |
| `editing` | replaces single values in a document's text |
| `saving` | writes the files that `rewriting` changed; undoes it when something fails |
| `staging` | writes an import's files to a folder aside, then moves all into place, or none |
"""
