package checks

import (
	"io"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/go-json-experiment/json/jsontext"
)

// body is the JSON of a request on its way through, token by token: only what
// checks ask for is kept. The zero value is ready; what was read is good until
// the next one.
type body struct {
	of     *recording.Exchange
	sent   string
	tokens jsontext.Decoder
	err    error
	object bool         // it is a JSON object
	texts  []textMember // of that object
	money  []found      // in order of their names
}

// textMember is a member of an object that holds a string.
type textMember struct{ name, text string }

// found is a money field on the way out of the objects around it.
type found struct {
	money
	within string // the member of the object being read
	open   bool   // its currency may still come
}

// read takes what x sent, and reports whether that is JSON, kept whole. What
// names a member twice, or is no UTF-8, is taken as payload takes it.
func (b *body) read(x *recording.Exchange) bool {
	b.of, b.object = x, false
	if !x.Request.Body.Cut && b.document(x.Request.Body.Content()) {
		return true
	}
	sent := payload(x)
	return sent != nil && b.document(inJSON(sent))
}

// document takes one JSON value with nothing behind it.
func (b *body) document(sent string) bool {
	b.sent, b.err, b.texts, b.money = sent, nil, b.texts[:0], b.money[:0]
	b.tokens.Reset(strings.NewReader(sent))
	object := b.tokens.PeekKind() == '{'
	b.value()
	_, end := b.tokens.ReadToken()
	whole := b.err == nil && end == io.EOF
	b.object = whole && object
	return whole
}

func (b *body) value() {
	switch b.tokens.PeekKind() {
	case '{':
		b.members()
	case '[':
		b.bracket()
		for b.err == nil && b.tokens.PeekKind() != ']' {
			b.value()
		}
		b.bracket()
	default:
		b.raw()
	}
}

// members takes an object.
func (b *body) members() {
	texts, first := len(b.texts), len(b.money)
	b.bracket()
	for b.err == nil && b.tokens.PeekKind() != '}' {
		b.member()
	}
	b.bracket()
	for i, f := range b.money[first:] {
		if f.open {
			f.currency, f.open = strings.ToUpper(textOf(b.texts[texts:], anton.MoneyFields[f.name])), false
			b.money[first+i] = f
		}
	}
	slices.SortStableFunc(b.money[first:], func(a, b found) int { return strings.Compare(a.within, b.within) })
	if b.tokens.StackDepth() > 0 {
		b.texts = b.texts[:texts]
	}
}

// member takes one member of an object. An app's own metadata is its own affair.
func (b *body) member() {
	first, name := len(b.money), b.text()
	_, amount := anton.MoneyFields[name]
	switch kind := b.tokens.PeekKind(); {
	case amount && kind != 'n':
		f := found{money: money{Exchange: b.of, name: name}, open: true}
		f.token, f.kind = b.token(kind)
		b.money = append(b.money, f)
	case kind == '"':
		b.texts = append(b.texts, textMember{name, b.text()})
	case name == "metadata":
		b.raw()
	default:
		b.value()
	}
	for i := range b.money[first:] {
		b.money[first+i].within = name
	}
}

// token takes a value as checks look at money.
func (b *body) token(of jsontext.Kind) (text, kind string) {
	switch of {
	case '"':
		return b.text(), "string"
	case '0':
		return b.raw(), "number"
	case 't', 'f':
		return b.raw(), "boolean"
	}
	b.raw()
	return "", map[jsontext.Kind]string{'[': "array", '{': "object"}[of]
}

// text takes a string.
func (b *body) text() string {
	raw := b.raw()
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, raw)
	return string(text)
}

// raw takes any value as it stands.
func (b *body) raw() string {
	raw, err := b.tokens.ReadValue()
	if err != nil {
		b.err = err
		return ""
	}
	end := int(b.tokens.InputOffset())
	return b.sent[end-len(raw) : end]
}

// bracket takes the beginning or the end of an object or array.
func (b *body) bracket() {
	if b.err == nil {
		_, b.err = b.tokens.ReadToken()
	}
}

func (b *body) named(name string) string { return textOf(b.texts, name) }

func textOf(members []textMember, name string) string {
	for _, m := range members {
		if m.name == name {
			return m.text
		}
	}
	return ""
}
