package checks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// odd are bodies that a reader may take otherwise than encoding/json does.
var odd = []string{
	``, ` `, `{}`, `[]`, `null`, `"amount"`, `{"amount":"1"} `, `{"amount":"1"} {}`, `{"amount":"1"`, `{"amount":1}]`, "\ufeff{\"amount\":\"1\"}",
	`{"amount":"1","amount":"2","currency":"usd"}`, `{"a":{"amount":"1"},"a":{"b":"amount"}}`, `{"reference":"a","reference":null}`,
	`{"b":{"amount":1,"currency":"usd"},"a":[{"amount":"2"},{"currency":"EUR","amount":null}],"amount":true,"currency":"jpy"}`,
	`{"amount":{"amount":"1"},"sell_amount":[1,{"amount":2}],"buy_amount":-0.10e+2,"buy_currency":"kwd","buy_currency":5}`,
	`{"metadata":{"amount":"1"},"metadata":"amount","\u0061mount":"1","currency":"\u0075sd\ud800","x":"amount"}`,
	`[[{"amount":"1","currency":"A"},{"amount":"2"}],{"dest_amount":"3","dest_currency":"€"}]`, "{\"amount\":\"\xff\"}", "{\"\xff\":\"amount\",\"\xfe\":{\"amount\":1}}",
	`{"amount":01}`, `{"amount":1.}`, `{"amount":"\q"}`, `{"amount":tru}`, `{1:"amount"}`, `{"amount" "1"}`, `{"amount":"1",}`, "{\"amount\":\"\n\"}", `{"/":{"amount":1},"~1":{"amount":2}}`,
	strings.Repeat(`{"amount":`, 50) + `1` + strings.Repeat(`}`, 50), strings.Repeat(`[`, 10001) + `"amount"` + strings.Repeat(`]`, 10001),
}

// A body says to its reader what it says to encoding/json.
func FuzzBody(f *testing.F) {
	for _, s := range odd {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		x := &recording.Exchange{Request: recording.Request{Body: recording.Body{Base64: sent}}}
		v := payload(x)
		var b body
		b.read(&recording.Exchange{Request: recording.Request{Body: recording.Body{Text: `{"amount":"9","reference":"from before"}`}}})
		if whole := b.read(x); whole != (v != nil) && strings.TrimSpace(string(sent)) != "null" {
			t.Fatalf("read: %v, want %v", whole, v)
		}
		m, object := v.(map[string]any)
		if b.object != object {
			t.Errorf("object: %v, want %v", b.object, object)
		}
		for _, name := range []string{"reference", "payee_id", "source_currency", "currency"} {
			if got := b.named(name); object && got != named(m, name) {
				t.Errorf("%s: %q, want %q", name, got, named(m, name))
			}
		}
		if got, want := tokens(b.money), fmt.Sprintf("%q", moneyIn(v)); v != nil && got != want {
			t.Errorf("money:\n%s\n%s", got, want)
		}
		if x.Request.Body.Cut = true; b.read(x) || b.object {
			t.Error("read though it was not kept whole")
		}
	})
}

func tokens(all []found) string {
	var told [][4]string
	for _, f := range all {
		told = append(told, [4]string{f.name, f.token, f.kind, f.currency})
	}
	return fmt.Sprintf("%q", told)
}

// moneyIn are the money fields as body must find them: name, token, kind,
// currency.
func moneyIn(v any) (found [][4]string) {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			found = append(found, moneyIn(inner)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			beside, is := anton.MoneyFields[name]
			switch {
			case is && v[name] != nil:
				token, kind := token(v[name])
				found = append(found, [4]string{name, token, kind, strings.ToUpper(named(v, beside))})
			case name != "metadata":
				found = append(found, moneyIn(v[name])...)
			}
		}
	}
	return found
}

func token(v any) (text, kind string) {
	switch v := v.(type) {
	case string:
		return v, "string"
	case json.Number:
		return v.String(), "number"
	case bool:
		return fmt.Sprint(v), "boolean"
	case []any:
		return "", "array"
	}
	return "", "object"
}
