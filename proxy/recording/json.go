package recording

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

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
	end, escaped := i+1, false
	for end < len(d.raw) && d.raw[end] != '"' {
		if d.raw[end] == '\\' {
			escaped = true
			end++
		}
		end++
	}
	whole := end < len(d.raw)
	end = min(end, len(d.raw))
	d.odd = d.odd || !whole
	text := d.raw[i+1 : end]
	if escaped {
		d.v.plain = unescape(d.v.plain[:0], text)
		text = d.v.plain
	}
	class := d.class
	if d.name {
		d.class = d.v.class(text)
		class = ""
	}
	if out, changed := d.v.inner(class, text); changed {
		d.put(i+1, end, quote(nil, out))
	}
	if whole {
		end++
	}
	return end
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
		d.put(i, end, append(quote([]byte{'"'}, out), '"'))
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

// quote appends s as it stands between the quotes of a JSON string.
func quote(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = slices.Grow(dst, len(s)+len(s)/4)
	for _, c := range s {
		switch {
		case c >= 0x20 && c != '"' && c != '\\':
			dst = append(dst, c)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// unescape appends the text of a JSON string without its escapes. An escape
// that is none stays.
func unescape(dst, s []byte) []byte {
	dst = slices.Grow(dst, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case '"', '\\', '/':
			dst = append(dst, s[i])
		case 'u':
			r, n := rune16(s[i-1:])
			dst = utf8.AppendRune(dst, r)
			i += n - 2
		default:
			dst = append(dst, '\\', s[i])
		}
	}
	return dst
}

// rune16 is the character that \uXXXX at the beginning of s stands for, a
// surrogate pair included, and how many bytes it takes.
func rune16(s []byte) (r rune, n int) {
	r = hex4(s)
	if r < 0 {
		return utf8.RuneError, 2
	}
	if utf16.IsSurrogate(r) {
		if low := hex4(s[6:]); low >= 0 {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return r, 6
}

// hex4 is the number in \uXXXX, -1 when s does not begin so.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s[2:6] {
		if !hexadecimal(c) {
			return -1
		}
		r = r<<4 | rune(unhex(c))
	}
	return r
}
