//go:build unix

package app

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/config"
)

var values = map[string]string{
	"reference": `R/1 "x" ?&=+%`, "amount": "1234567.89", "currency": "USD", "first_name": "Zoë", "email": "a+b@example.com",
}

func TestDoHTTP(t *testing.T) {
	var got *http.Request
	var body []byte
	answer, status := `{"status":"completed","count":57}`, 201
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
	defer server.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	act := config.Action{
		HTTP:    "POST " + server.URL + "/payouts/${reference}/x?ref=${reference}&who=${email}",
		Headers: map[string]string{"X-Reference": "<${first_name}>", "Host": "shop.test"},
		JSON: map[string]any{
			"reference": "${reference}", "amount": "${amount}", "fee": json.Number("1.10"), "ok": true, "none": nil,
			"payee": map[string]any{"names": []any{"${first_name} ${first_name}", "plain"}},
		},
		Value: "$.status",
	}
	a, err := Do(t.Context(), act, values, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Code != 201 || string(a.Body) != answer || a.Value != "completed" {
		t.Errorf("answer %+v", a)
	}
	if got.URL.EscapedPath() != "/payouts/R%2F1%20%22x%22%20%3F&=+%25/x" || got.URL.Query().Get("ref") != values["reference"] ||
		got.URL.Query().Get("who") != values["email"] || got.Method != "POST" {
		t.Errorf("asked %s %s", got.Method, got.URL)
	}
	if got.Header.Get("Content-Type") != "application/json" || got.Header.Get("X-Reference") != "<Zoë>" || got.Host != "shop.test" {
		t.Errorf("header %v, host %s", got.Header, got.Host)
	}
	want := `{"amount":"1234567.89","fee":1.10,"none":null,"ok":true,"payee":{"names":["Zoë Zoë","plain"]},"reference":"R/1 \"x\" ?&=+%"}`
	if string(body) != want {
		t.Errorf("body %s\nwant %s", body, want)
	}
	status = 404
	if a, err := Do(t.Context(), act, values, "", nil); err != nil || a.Code != 404 || a.Value != "" {
		t.Errorf("%+v, %v", a, err)
	}
	status = 302
	if a, err := Do(t.Context(), config.Action{HTTP: "GET " + server.URL}, nil, "", nil); err != nil || a.Code != 302 || len(body) != 0 {
		t.Errorf("%+v, %v, %s", a, err, body)
	}
}

func TestDoHTTPTrouble(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	place := "http://" + closed.Addr().String() + "/payouts/${reference}"
	_, err = Do(t.Context(), config.Action{HTTP: "GET " + place}, values, "", nil)
	if err == nil || err.Error() != "GET "+place+": nothing listens there" {
		t.Errorf("refused: %v", err)
	}
	_, err = Do(t.Context(), config.Action{HTTP: "GET " + place, Headers: map[string]string{"X": "${iban}"}}, values, "", nil)
	if err == nil || err.Error() != "${iban} has no value here" {
		t.Errorf("no value: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Do(ctx, config.Action{HTTP: "GET " + place}, values, "", nil)
	if err == nil || err.Error() != "GET "+place+": context canceled" {
		t.Errorf("canceled: %v", err)
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
	}))
	defer cut.Close()
	_, err = Do(t.Context(), config.Action{HTTP: "GET " + cut.URL}, nil, "", nil)
	if err == nil || err.Error() != "GET "+cut.URL+": answer cut after 4 bytes: unexpected EOF" {
		t.Errorf("cut: %v", err)
	}
}

func TestDoCommand(t *testing.T) {
	dir := t.TempDir()
	env := []string{"PATH=/usr/bin:/bin", "GREETING=hi"}
	sh := func(script string) config.Action {
		return config.Action{Run: []string{"sh", "-c", script, "sh", "${reference}", "<${amount}>"}, Value: "$.out"}
	}
	a, err := Do(t.Context(), sh(`printf '{"out": "%s"}' "$(pwd -P) $2 $GREETING $GOLIVE_AMOUNT $GOLIVE_FIRST_NAME $(env | grep -c IBAN)"`), values, dir, env)
	if err != nil || a.Code != 0 || !strings.HasSuffix(a.Value, " <1234567.89> hi 1234567.89 Zoë 0") {
		t.Errorf("%+v, %v", a, err)
	}
	a, err = Do(t.Context(), sh(`[ "$1" = "$GOLIVE_REFERENCE" ] && echo '{"out":12.50}'`), values, dir, env)
	if err != nil || a.Value != "12.50" {
		t.Errorf("%+v, %v", a, err)
	}
	if len(env) != 2 {
		t.Error("env was changed")
	}
	a, err = Do(t.Context(), sh(`echo no; exit 7`), values, dir, env)
	if err != nil || a.Code != 7 || string(a.Body) != "no\n" || a.Value != "" {
		t.Errorf("%+v, %v", a, err)
	}
	a, err = Do(t.Context(), sh(`kill -9 $$`), values, dir, env)
	if err != nil || a.Code != 137 {
		t.Errorf("%+v, %v", a, err)
	}
	a, err = Do(t.Context(), config.Action{Run: []string{"sh", "-c", "head -c 20000000 /dev/zero"}}, values, dir, env)
	if err != nil || len(a.Body) != answerBytes {
		t.Errorf("%d bytes, %v", len(a.Body), err)
	}
	write(t, dir+"/cancel.sh", "#!/bin/sh\necho '[\"gone\"]'\n")
	script := config.Action{Run: []string{"./cancel.sh"}, Value: "$[0]"}
	if _, err = Do(t.Context(), script, values, dir, env); err == nil ||
		err.Error() != "command ./cancel.sh may not be executed; chmod +x it, or start it by its interpreter" {
		t.Errorf("not executable: %v", err)
	}
	if err := os.Chmod(dir+"/cancel.sh", 0o700); err != nil {
		t.Fatal(err)
	}
	if a, err := Do(t.Context(), script, values, dir, env); err != nil || a.Value != "gone" {
		t.Errorf("%+v, %v", a, err)
	}
	for _, c := range []struct {
		run       []string
		dir, want string
	}{
		{[]string{"no-such-command"}, dir, "command no-such-command not found; is it installed, and spelled right?"},
		{[]string{"sh"}, dir + "/gone", "folder " + dir + "/gone not found; set app.dir to the app's folder"},
	} {
		if _, err := Do(t.Context(), config.Action{Run: c.run}, values, c.dir, env); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v", c.run, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Do(ctx, sh("sleep 60"), values, dir, env); err == nil || err.Error() != "sh: context canceled" {
		t.Errorf("canceled: %v", err)
	}
}

func TestValue(t *testing.T) {
	for _, c := range []struct{ body, path, want, err string }{
		{`{"a":{"b":["x",{"c":1.10}]}}`, "$.a.b[1].c", "1.10", ""},
		{`{"a":9007199254740993}`, "$.a", "9007199254740993", ""},
		{`{"a":1e2}`, "$.a", "1e2", ""},
		{`{"a":"caf\u00e9"}`, "$.a", "café", ""},
		{`{"a":true}`, "$.a", "true", ""},
		{`{"a":null}`, "$.a", "null", ""},
		{`{"a":{"z":1,"b":[2]}}`, "$.a", `{"b":[2],"z":1}`, ""},
		{` "completed" `, "$", "completed", ""},
		{`[{"s":"x"}]`, "$[0].s", "x", ""},
		{`{"id":"secret","state":"x"}`, "$.status", "", "$.status: not in the answer, which is an object with id, state"},
		{`{}`, "$.a", "", "$.a: not in the answer, which is an object without members"},
		{`[]`, "$[0]", "", "$[0]: not in the answer, which is an empty list"},
		{`[{"b":1},2]`, "$[2]", "", "$[2]: not in the answer, which is a list of 2, the first an object with b"},
		{`"secret"`, "$.a", "", "$.a: not in the answer, which is a string"},
		{`12`, "$.a", "", "$.a: not in the answer, which is a number"},
		{`false`, "$[0]", "", "$[0]: not in the answer, which is true or false"},
		{`null`, "$.a", "", "$.a: not in the answer, which is null"},
		{``, "$.a", "", "$.a: the answer is no JSON but empty"},
		{`<html>`, "$.a", "", "$.a: the answer is no JSON but markup of 6 bytes"},
		{`completed`, "$.a", "", "$.a: the answer is no JSON but a text of 9 bytes"},
		{`{"a":1} {"a":2}`, "$.a", "", "$.a: the answer is no JSON but a text of 15 bytes"},
	} {
		a, err := valued(Answer{Body: []byte(c.body)}, config.Action{Value: c.path}, true)
		if a.Value != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s %s: got %q, %v", c.body, c.path, a.Value, err)
		}
	}
}
