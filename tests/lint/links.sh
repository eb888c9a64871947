#!/bin/sh
# What texts point to is there, as TAP: files named in comments, pages and scripts, links of pages and their anchors.
set -u
cd "$(dirname "$0")/../.." || exit 1
n=0 failed=0

report() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		echo "$2" | head -40 | sed 's/^/# /'
	fi
}

texts=$(find README.md Makefile run agent cli collector common docs etc examples include model proto simulate tests tools -type f \
	\( -name '*.[ch]' -o -name '*.md' -o -name '*.sh' -o -name '*.proto' -o -name '*.yaml' -o -name Makefile -o -name run \) | sort)

# folder/.../name.ending, from the root or from include/; what a build makes is left out, and so are patterns. Behind a
# slash or a dot it is the end of a longer path.
named_files() {
	# shellcheck disable=SC2086
	grep -HnoE '(^|[^A-Za-z0-9_./*$}"~-])(agent|cli|collector|common|cxmeter|docs|etc|examples|include|model|proto|simulate|tests|tools)/[A-Za-z0-9_./-]+\.(c|h|md|sh|proto|yaml|py|R|json|svg)\b' $texts |
		sed -E 's/^([^:]+:[0-9]+):[^A-Za-z]?/\1 /' | sort -u |
		while read -r where name; do
			case $name in
			*.pb-c.h | *.pb-c.c | */x.c | */x.h | *TARGET*) continue ;;
			esac
			[ -e "$name" ] || [ -e "include/$name" ] || echo "$where: $name"
		done
}

# A page by its name alone: one of docs/, or one beside the file
named_pages() {
	# shellcheck disable=SC2086
	grep -HnoE '(^|[^A-Za-z0-9_./*$}-])[A-Za-z][A-Za-z0-9_.-]*\.md\b' $texts |
		sed -E 's/^([^:]+):([0-9]+):[^A-Za-z]?/\1 \2 /' | sort -u |
		while read -r file line name; do
			[ -e "docs/$name" ] || [ -e "$name" ] || [ -e "$(dirname "$file")/$name" ] || echo "$file:$line: $name"
		done
}

# anchors of a page as GitHub makes them from headings, and those written out
anchors() {
	sed -nE 's/^#+ +//p' "$1" | tr 'A-Z' 'a-z' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
	grep -oE '<a id="[^"]+"' "$1" | sed -E 's/.*"(.*)"/\1/'
}

# [text](target), target a file beside the page, with or without #anchor; web addresses are not followed
links() {
	for page in README.md docs/*.md docs/sources/*.md tests/data/*.md; do
		grep -noE '\]\(<?[^)<> ]+>?\)' "$page" | sed -E 's/^([0-9]+):\]\(<?([^>)]*)>?\)$/\1 \2/' | grep -vE ' (https?|mailto):' |
			while read -r line target; do
				file=${target%%#*}
				if [ -n "$file" ]; then
					file=$(dirname "$page")/$file
				else
					file=$page
				fi
				if ! [ -e "$file" ]; then
					echo "$page:$line: $target"
				elif [ "$target" != "${target#*#}" ] && ! anchors "$file" | grep -qxF "${target#*#}"; then
					echo "$page:$line: $target: no such heading"
				fi
			done
	done
}

# pages and schemas that the README does not lead to
forgotten() {
	for page in docs/*.md docs/sources/*.md docs/*.json; do
		grep -qF "($page)" README.md || echo "$page"
	done
}

report files_that_are_named_are_there "$(named_files)"
report pages_that_are_named_are_there "$(named_pages)"
report links_lead_somewhere "$(links)"
report every_document_is_in_the_readme "$(forgotten)"
# shellcheck disable=SC2086
report no_path_of_a_machine "$(grep -nE '(^|[^A-Za-z0-9_.$})])/(home|Users|work)/' $texts)"
# shellcheck disable=SC2086
report some_texts_were_looked_at "$([ "$(echo "$texts" | wc -l)" -gt 20 ] || echo "$texts")"
echo "1..$n"
exit $failed
