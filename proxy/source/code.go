package source

import (
	"path"
	"slices"
	"strings"
)

// language is how a language is written, as far as the search must know.
type language struct {
	line   []string
	block  [][2]string // comments, and strings over many lines that are told as such
	back   bool        // `…` is a string, over many lines
	slash  bool        // /…/ is a pattern where no number stands before it
	filled []string    // what begins a string that fill opens code in
	fill   string      // what opens code within a string, up to }
	prose  bool        // an apostrophe behind a letter may stand in a text between tags
}

var (
	cBlock     = [2]string{"/*", "*/"}
	script     = language{line: []string{"//"}, block: [][2]string{cBlock, {"<!--", "-->"}}, back: true, slash: true, filled: []string{"`"}, fill: "${", prose: true}
	javaScript = &script
	typeScript = &language{line: script.line, block: script.block, back: true, slash: true, filled: script.filled, fill: script.fill, prose: true}
	python     = &language{line: []string{"#"}, block: [][2]string{{`"""`, `"""`}, {"'''", "'''"}}, filled: []string{`f"`, `f'`, `F"`, `F'`, `fr"`, `fr'`, `fR"`}, fill: "{"}
	golang     = &language{line: []string{"//"}, block: [][2]string{cBlock}, back: true}
	java       = &language{line: []string{"//"}, block: [][2]string{cBlock, {`"""`, `"""`}}}
	php        = &language{line: []string{"//", "#"}, block: [][2]string{cBlock, {"<!--", "-->"}}, prose: true}
	ruby       = &language{line: []string{"#"}, block: [][2]string{{"=begin", "=end"}}, slash: true, filled: []string{`"`}, fill: "#{"}
	cSharp     = &language{line: []string{"//"}, block: [][2]string{cBlock, {`"""`, `"""`}}, filled: []string{`$"`, `$@"`}, fill: "{"}
)

var languages = map[string]*language{
	".js": javaScript, ".mjs": javaScript, ".cjs": javaScript, ".jsx": javaScript,
	".ts": typeScript, ".mts": typeScript, ".cts": typeScript, ".tsx": typeScript,
	".vue": typeScript, ".svelte": typeScript,
	".py": python, ".go": golang, ".java": java, ".php": php, ".rb": ruby, ".rake": ruby, ".cs": cSharp,
}

// languageOf is a file's language by its name; nil: none that is searched.
func languageOf(name string) *language { return languages[strings.ToLower(path.Ext(name))] }

// reader reads a file line by line, and remembers what is open at a line's end.
type reader struct {
	*language
	open []open // innermost last
}

// open is what was begun and not yet ended.
type open struct {
	end    string
	kind   kind
	filled bool // code may stand in it
}

type kind int

const (
	code    kind = iota // within a string: ${…}
	quoted              // a string
	comment             // a comment, or what is told as one
)

// read gives a line twice, byte by byte at the same place: text without its
// comments, bare without what stands in strings too.
func (r *reader) read(line string) (text, bare string) {
	t, b := []byte(line), []byte(line)
	for i := 0; i < len(line); {
		n, as := r.step(line, i)
		for end := min(i+n, len(line)); i < end; i++ {
			if as == comment {
				t[i] = ' '
			}
			if as != code {
				b[i] = ' '
			}
		}
	}
	r.endLine()
	return string(t), string(b)
}

// endLine closes the strings that end with their line.
func (r *reader) endLine() {
	at := slices.IndexFunc(r.open, func(o open) bool { return o.end == `"` || o.end == "'" })
	if at >= 0 {
		r.open = r.open[:at]
	}
}

// step takes what a line goes on with at i: how many bytes, and as what.
func (r *reader) step(line string, i int) (n int, as kind) {
	if len(r.open) == 0 {
		return r.begin(line, i)
	}
	o, rest := r.open[len(r.open)-1], line[i:]
	if strings.HasPrefix(rest, o.end) {
		r.open = r.open[:len(r.open)-1]
		if o.kind == comment {
			return len(o.end), comment
		}
		return len(o.end), code
	}
	switch {
	case o.kind == comment:
		return 1, comment
	case o.kind == code && rest[0] == '{':
		return r.push(1, open{end: "}", kind: code})
	case o.kind == code:
		return r.begin(line, i)
	case rest[0] == '\\' && !(o.end == "`" && r.language == golang):
		return 2, quoted
	case o.filled && strings.HasPrefix(rest, r.fill):
		return r.push(len(r.fill), open{end: "}", kind: code})
	}
	return 1, quoted
}

// begin takes a piece of code.
func (r *reader) begin(line string, i int) (n int, as kind) {
	rest := line[i:]
	for _, mark := range r.line {
		if strings.HasPrefix(rest, mark) && !strings.HasPrefix(rest, "#[") { // an attribute of PHP
			return len(rest), comment
		}
	}
	for _, b := range r.block {
		if strings.HasPrefix(rest, b[0]) {
			return r.push(len(b[0]), open{end: b[1], kind: comment})
		}
	}
	switch c := rest[0]; {
	case c == '\\':
		return 2, code
	case c == '/' && r.slash && operandNext(line[:i]):
		if n := patternEnd(rest); n > 0 {
			return n, quoted
		}
	case c == '\'' && r.prose && i > 0 && letter(line[i-1]):
	case c == '"', c == '\'', c == '`' && r.back:
		head := line[:i+1]
		filled := slices.ContainsFunc(r.filled, func(f string) bool { return strings.HasSuffix(head, f) })
		r.push(1, open{end: string(c), kind: quoted, filled: filled})
	}
	return 1, code
}

// operandNext reports whether what follows a piece of code can be no operator.
func operandNext(before string) bool {
	before = strings.TrimRight(before, " \t")
	return before == "" || strings.IndexByte("(,=:[!&|?{;+", before[len(before)-1]) >= 0 ||
		strings.HasSuffix(before, "=>") || strings.HasSuffix(before, "return")
}

// patternEnd is where a pattern that begins with a slash ends; 0: not in this line.
func patternEnd(rest string) int {
	class := false
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\':
			i++
		case c == '[' || c == ']':
			class = c == '['
		case c == '/' && !class:
			return i + 1
		}
	}
	return 0
}

func (r *reader) push(n int, o open) (int, kind) {
	r.open = append(r.open, o)
	return n, o.kind
}
