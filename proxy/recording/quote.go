package recording

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// quote appends s as it stands between the quotes of a JSON string.
func quote(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = slices.Grow(dst, len(s)+len(s)/4)
	from := 0
	for i, c := range s {
		if !quotes[c] {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, s[from:]...)
}

// quotes are the bytes that do not stand for themselves in a JSON string.
var quotes = func() (all [256]bool) {
	for c := range 0x20 {
		all[c] = true
	}
	all['"'], all['\\'] = true, true
	return all
}()

// escapes are what the letter behind a backslash stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape appends the text of a JSON string without its escapes. An escape
// that is none stays.
func unescape(dst, s []byte) []byte {
	dst = slices.Grow(dst, len(s))
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			return append(dst, s...)
		}
		var n int
		dst, n = unescapeOne(append(dst, s[:i]...), s[i:])
		s = s[i+n:]
	}
}

// unescapeOne is unescape of the escape at the beginning of s, n bytes of it.
func unescapeOne(dst, s []byte) (out []byte, n int) {
	if c := escapes[s[1]]; c != 0 {
		return append(dst, c), 2
	}
	if s[1] != 'u' {
		return append(dst, s[:2]...), 2
	}
	r, n := rune16(s)
	return utf8.AppendRune(dst, r), n
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
