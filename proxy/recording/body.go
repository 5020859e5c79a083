package recording

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"
)

// Body replaces what must go in a body of that Content-Type: in JSON, forms,
// CSV and multipart by field name as well, elsewhere as Text does. Every other
// byte stays as sent. JSON is known by its looks too, whatever the type says; a
// number that must go becomes a JSON string. The result may share raw's memory.
// It is nil when raw cannot be searched: images, archives, documents.
func (s *Scrub) Body(contentType string, raw []byte) []byte {
	v := s.take()
	defer s.give(v)
	return v.body(contentType, raw)
}

func (v *sieve) body(contentType string, raw []byte) []byte {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	switch {
	case len(raw) == 0:
		return raw
	case closed(kind, raw):
		return nil
	case strings.Contains(kind, "json"), structured(raw):
		return v.json(raw)
	case kind == "application/x-www-form-urlencoded":
		return v.form(raw)
	case strings.HasPrefix(kind, "multipart/"):
		return v.multipart(contentType, raw)
	case strings.Contains(kind, "csv"):
		return v.csv(raw)
	}
	return v.text(raw)
}

// text is replace for what has no sieve buffer to go to.
func (v *sieve) text(raw []byte) []byte {
	if out, changed := v.replace(nil, raw); changed {
		return out
	}
	return raw
}

// magics begin files whose text cannot be seen: zip (xlsx, docx), gzip, PDF,
// zstd, PNG, JPEG.
var magics = []string{"PK\x03\x04", "\x1f\x8b", "%PDF", "\x28\xb5\x2f\xfd", "\x89PNG", "\xff\xd8\xff"}

// closed reports whether a body is of a kind that cannot be searched.
func closed(kind string, raw []byte) bool {
	for _, m := range magics {
		if bytes.HasPrefix(raw, []byte(m)) {
			return true
		}
	}
	if utf8.Valid(raw) {
		return false
	}
	for _, k := range []string{"image/", "audio/", "video/", "application/pdf", "application/zip", "application/gzip"} {
		if strings.HasPrefix(kind, k) {
			return true
		}
	}
	return false
}

// form scrubs name=value pairs, percent-encoded, as in forms and queries.
func (v *sieve) form(raw []byte) []byte {
	p := patch{raw: raw}
	for from := 0; from < len(raw); {
		to := from + index(raw[from:], '&')
		equals := from + index(raw[from:to], '=')
		if text, changed := v.replace(nil, raw[from:equals]); changed {
			p.put(from, equals, text)
		}
		if equals++; equals < to {
			class := v.class(v.unform(raw[from : equals-1]))
			if text, changed := v.encoded(class, raw[equals:to]); changed {
				p.put(equals, to, text)
			}
		}
		from = to + 1
	}
	return p.done()
}

// unform is a form's text without its encoding; good until the next use.
func (v *sieve) unform(s []byte) []byte {
	if v.percent(s, true) || v.percent(s, false) {
		return v.decoded
	}
	return s
}

// encoded scrubs one form value, which stays encoded where it stays.
func (v *sieve) encoded(class string, s []byte) ([]byte, bool) {
	if class != "" && class != money {
		v.source = append(v.source[:0], v.unform(s)...)
		return v.whole(nil, class, v.source), true
	}
	return v.value(nil, class, s)
}

// csv scrubs rows by the names in the first one.
func (v *sieve) csv(raw []byte) []byte {
	p := patch{raw: raw}
	var columns []string
	column, header := 0, true
	for from := 0; from < len(raw); {
		to := cell(raw, from)
		text := bytes.TrimSpace(raw[from:to])
		inside := from + bytes.Index(raw[from:to], text)
		if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
			text, inside = text[1:len(text)-1], inside+1
		}
		class := ""
		if header {
			columns = append(columns, v.class(text))
		} else if column < len(columns) {
			class = columns[column]
		}
		if got, changed := v.value(nil, class, text); changed {
			p.put(inside, inside+len(text), got)
		}
		column++
		if to < len(raw) && raw[to] == '\n' {
			column, header = 0, false
		}
		from = to + 1
	}
	return p.done()
}

// cell is the end of the CSV cell at from: its comma, semicolon or line feed.
func cell(raw []byte, from int) int {
	inside := false
	for i := from; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			inside = !inside
		case !inside && (c == ',' || c == ';' || c == '\n'):
			return i
		}
	}
	return len(raw)
}

// multipart scrubs each part by its name and its own type.
func (v *sieve) multipart(contentType string, raw []byte) []byte {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return v.text(raw)
	}
	parts := bytes.Split(raw, []byte("--"+params["boundary"]))
	for i, p := range parts[1:] {
		parts[i+1] = v.part(p)
	}
	return bytes.Join(parts, []byte("--"+params["boundary"]))
}

// part scrubs one part: its head as text, its content by name and type.
func (v *sieve) part(raw []byte) []byte {
	head, content, found := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !found {
		return v.text(raw)
	}
	content, ended := bytes.CutSuffix(content, []byte("\r\n"))
	var name, kind string
	for line := range strings.SplitSeq(string(head), "\r\n") {
		key, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "content-type":
			kind = strings.TrimSpace(value)
		case "content-disposition":
			_, params, _ := mime.ParseMediaType(strings.TrimSpace(value))
			name = params["name"]
			if kind == "" && strings.HasSuffix(strings.ToLower(params["filename"]), ".csv") {
				kind = "text/csv"
			}
		}
	}
	if class := v.class([]byte(name)); class != "" && class != money && len(content) > 0 {
		content = v.whole(nil, class, content)
	} else if !(class == money && amount(content)) && len(content) > 0 {
		sent := content
		if content = v.body(kind, sent); content == nil {
			content = v.print(nil, "file", sent)
		}
	}
	out := append(append([]byte(nil), v.text(head)...), "\r\n\r\n"...)
	out = append(out, content...)
	if ended {
		out = append(out, "\r\n"...)
	}
	return out
}

// patch is a text of which parts are replaced, in order.
type patch struct {
	raw, out []byte
	last     int // raw[:last] is in out
}

// put writes text in the place of raw[from:to].
func (p *patch) put(from, to int, text []byte) {
	if p.out == nil {
		p.out = make([]byte, 0, len(p.raw)+256)
	}
	p.out = append(append(p.out, p.raw[p.last:from]...), text...)
	p.last = to
}

// done is the whole text; raw itself when nothing was put.
func (p *patch) done() []byte {
	if p.out == nil {
		return p.raw
	}
	return append(p.out, p.raw[p.last:]...)
}

// index is where c stands in s, len(s) when it does not.
func index(s []byte, c byte) int {
	if i := bytes.IndexByte(s, c); i >= 0 {
		return i
	}
	return len(s)
}
