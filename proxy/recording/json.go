package recording

import "bytes"

// nested is how many levels of JSON inside JSON strings are looked into.
const nested = 3

// frame is an object or array that is open; class is the class of its field.
type frame struct {
	object bool
	class  string
}

// document is a JSON text on its way through the sieve: token by token, what
// need not change is not even copied.
type document struct {
	patch
	v     *sieve
	class string // of the value to come
	name  bool   // a member's name is to come
	odd   bool   // not JSON throughout
}

// json scrubs a JSON text, or several one after the other. Every byte that
// need not go stays as sent. What is no JSON is searched as text besides.
func (v *sieve) json(raw []byte) []byte {
	d := document{v: v, patch: patch{raw: raw}}
	base := len(v.frames)
	for i := 0; i < len(raw); {
		i = d.token(i, base)
	}
	v.frames = v.frames[:base]
	if d.odd {
		return v.text(d.done())
	}
	return d.done()
}

// token handles the token at i and gives the end of it.
func (d *document) token(i, base int) int {
	open := len(d.v.frames) > base
	switch c := d.raw[i]; c {
	case ' ', '\t', '\r', '\n':
	case '{', '[':
		d.v.frames = append(d.v.frames, frame{object: c == '{', class: d.class})
		d.name = c == '{'
		if d.name {
			d.class = ""
		}
	case '}', ']':
		d.name, d.class = false, ""
		if open {
			d.v.frames = d.v.frames[:len(d.v.frames)-1]
		}
		d.odd = d.odd || !open
	case ',':
		d.name = open && d.v.frames[len(d.v.frames)-1].object
		if open && !d.name {
			d.class = d.v.frames[len(d.v.frames)-1].class
		}
	case ':':
		d.name = false
	case '"':
		return d.quoted(i)
	default:
		return d.bare(i)
	}
	return i + 1
}

// quoted handles the string at i, name or value.
func (d *document) quoted(i int) int {
	end, escaped := closing(d.raw, i+1)
	text := d.raw[i+1 : end]
	if escaped {
		d.v.plain = unescape(d.v.plain[:0], text)
		text = d.v.plain
	}
	if out, changed := d.scrubbed(text); changed {
		d.v.quoted = quote(d.v.quoted[:0], out)
		d.put(i+1, end, d.v.quoted)
	}
	if end == len(d.raw) {
		d.odd = true
		return end
	}
	return end + 1
}

// closing is where the string from i ends, and whether it has escapes.
func closing(raw []byte, i int) (end int, escaped bool) {
	end = i + index(raw[i:], '"')
	if bytes.IndexByte(raw[i:end], '\\') < 0 {
		return end, false
	}
	for end = i; end < len(raw) && raw[end] != '"'; end++ {
		if raw[end] == '\\' {
			end++
		}
	}
	return min(end, len(raw)), true
}

// scrubbed is inner of a name or value. A name that was clean stays so until
// something else is known.
func (d *document) scrubbed(text []byte) ([]byte, bool) {
	if !d.name {
		return d.v.inner(d.class, text)
	}
	f, state := d.v.field(text), d.v.scrub.known.state.Load()
	d.class = f.class
	if f.clean == state {
		return nil, false
	}
	out, changed := d.v.inner("", text)
	if !changed && !structured(text) { // JSON is looked into no deeper than nested
		f.clean = state
	}
	return out, changed
}

// inner scrubs the text of a JSON string, which may be JSON in its turn. The
// result is good until the sieve is used again.
func (v *sieve) inner(class string, text []byte) ([]byte, bool) {
	if class == "" && v.depth < nested && structured(text) {
		deeper := v.scrub.take()
		deeper.depth = v.depth + 1
		out := deeper.json(text)
		changed := !bytes.Equal(out, text)
		v.scrub.give(deeper)
		return out, changed
	}
	out, changed := v.value(v.result[:0], class, text)
	v.result = out
	return out, changed
}

// bare handles a number or literal; a number that must go becomes a string.
func (d *document) bare(i int) int {
	end := i
	for end < len(d.raw) && bytes.IndexByte([]byte(" \t\r\n{}[],:\""), d.raw[end]) < 0 {
		end++
	}
	token := d.raw[i:end]
	switch {
	case string(token) == "null", string(token) == "true", string(token) == "false":
		return end
	case !digit(token[0]) && token[0] != '-' || !amount(token):
		d.odd = true
		return end
	}
	if out, changed := d.v.value(d.v.result[:0], d.class, token); changed {
		d.v.result = out
		d.v.quoted = append(quote(append(d.v.quoted[:0], '"'), out), '"')
		d.put(i, end, d.v.quoted)
	}
	return end
}

// structured reports whether a text begins like a JSON object or array.
func structured(s []byte) bool {
	if len(s) > 0 && s[0] > ' ' && s[0] < 0x80 {
		return s[0] == '{' || s[0] == '['
	}
	s = bytes.TrimLeft(s, " \t\r\n\ufeff")
	return len(s) > 0 && (s[0] == '{' || s[0] == '[')
}
