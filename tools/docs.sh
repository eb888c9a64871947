#!/bin/sh
# Write the pages that come from the model: docs/model.md, docs/model.de.md, the list of keys at the end of
# docs/model-format.md, and the table of docs/coverage.md. make docs calls it, with CXM_BIN the folder of the programs.
set -eu
cd "$(dirname "$0")/.."
cxmeter=${CXM_BIN:?}/cxmeter
new=$(mktemp)
trap 'rm -f "$new"' EXIT

"$cxmeter" model --document --lang en >"$new"
cat "$new" >docs/model.md
"$cxmeter" model --document --lang de >"$new"
cat "$new" >docs/model.de.md
{
	sed '/^### `scale`$/,$d' docs/model-format.md
	"$cxmeter" model --describe
} >"$new"
cat "$new" >docs/model-format.md
tools/coverage.sh
