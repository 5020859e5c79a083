package source

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// exact is how a script speaks of decimals, whose toFixed is exact.
var exact = regexp.MustCompile(`\b(?:Decimal|BigNumber|Big|bignumber\.js|decimal\.js(?:-light)?|big\.js|dinero)\b`)

// longest is the length, in bytes, of a line that people write.
const longest = 1000

// lineFloats finds the lines of a file with money in a float. Tests, and what
// was installed or built, have none to mend.
func lineFloats(name string, data []byte) (hits []hit) {
	l := languageOf(name)
	if l == nil || test(name) || built(name) || !mentions(bytes.ToLower(data), speakOfMoney) {
		return nil
	}
	all := string(data)
	if !slices.ContainsFunc(floating[l], func(r rule) bool { return r.signed(all) }) {
		return nil
	}
	f := &floats{decimals: (l == javaScript || l == typeScript) && exact.Match(data), rules: floating[l]}
	r := &reader{language: l}
	for i, line := range strings.Split(all, "\n") {
		text, bare := r.read(strings.TrimSuffix(line, "\r"))
		if len(line) > longest || !mentions(bytes.ToLower([]byte(line)), anyMoney) {
			continue
		}
		if note := f.find(text, bare); note != "" {
			hits = append(hits, hit{i + 1, note})
		}
	}
	return hits
}

// floats is what a file's lines are held against.
type floats struct {
	rules    []rule
	decimals bool // the file speaks of decimals
}

// find is the first place where a line keeps money in a float; "": nowhere.
func (f *floats) find(text, bare string) string {
	for _, r := range f.rules {
		if f.decimals && r.where == receiver {
			continue
		}
		if note := r.find(text, bare); note != "" {
			return note
		}
	}
	return ""
}

// find is the first place where a line does what the rule is about with money;
// "": nowhere. A total that something is divided by is a number of things.
func (r rule) find(text, bare string) string {
	in := bare
	if r.where == declared || r.where == whole {
		in = text
	}
	if !r.signed(in) {
		return ""
	}
	total := r.where.total() && !strings.ContainsAny(bare, "/%")
	for _, at := range r.pattern.FindAllStringSubmatchIndex(in, -1) {
		if strings.TrimSpace(bare[at[0]:at[1]]) == "" {
			continue // within a string
		}
		start, from, to := r.number(bare, at)
		named := r.where == declared || r.where == whole
		if !money(text[from:to], total) && (named || !money(target(text[:start]), total)) {
			continue
		}
		end := max(to, at[1])
		if bare[at[1]-1] == '(' {
			end = closing(bare, at[1])
		}
		return snippet(text[start:end])
	}
	return ""
}

// number is where the number of a match stands in its line, and where the
// expression begins that is made of it.
func (r rule) number(bare string, at []int) (start, from, to int) {
	switch r.where {
	case argument, number:
		return at[0], at[1], closing(bare, at[1])
	case operand, sign:
		from = at[3] - 1
		return at[2], from, chain(bare, from)
	case receiver:
		from = before(bare, at[0])
		return from, from, at[0]
	}
	return at[0], at[2], at[3]
}

// closing is where the bracket that was opened before from is closed, or the
// line's end.
func closing(bare string, from int) int {
	depth := 1
	for i := from; i < len(bare); i++ {
		switch bare[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(bare)
}

// chain is the end of the names, calls and indexes that begin at from.
func chain(bare string, from int) int {
	for from < len(bare) {
		c, two := bare[from], bare[from:min(from+2, len(bare))]
		switch {
		case c == '(' || c == '[':
			from = closing(bare, from+1)
		case letter(c) || c == '.':
			from++
		case two == "?." || two == "->" || two == "::":
			from += 2
		default:
			return from
		}
	}
	return from
}

// before is the beginning of the names, calls and indexes that end at to.
func before(bare string, to int) int {
	depth := 0
	for i := to - 1; i >= 0; i-- {
		switch c := bare[i]; {
		case c == ')' || c == ']':
			depth++
		case c == '(' || c == '[':
			if depth--; depth < 0 {
				return i + 1
			}
		case depth > 0, letter(c), strings.IndexByte(".?&@!", c) >= 0:
		default:
			return i + 1
		}
	}
	return 0
}

func letter(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}

var assigned = regexp.MustCompile(`([\w$.\[\]>@-]+)["']?\s*(?::\s*[\w.<>?\[\] |]+)?(?:[-+*/]?=|:=|:|=>|,\s*\w+\s*:?=)\s*$`)

// target is what a value that comes next is given to: a variable, a member, a
// key; "" when it is part of a larger expression.
func target(text string) string {
	m := assigned.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

// snippet is a piece of code, short and on one line.
func snippet(code string) string {
	const most = 60
	code = strings.Join(strings.Fields(code), " ")
	if r := []rune(code); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return code
}
