package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// leaky is an app that lets out all it is told: it writes every secret and every
// datum of a payee in every spelling to its output and its log, sends them to
// Anton in headers, URLs and bodies of all kinds, and answers with them. What it
// was told it keeps in the file CANARIES, for the search.
func leaky() {
	a := &loose{client: &http.Client{}, base: os.Getenv("ANTON_BASE_URL"), values: map[string]bool{}}
	a.learn(os.Getenv("ANTON_API_KEY"), os.Getenv("ANTON_WEBHOOK_SECRET"))
	http.HandleFunc("POST /pay", a.pay)
	http.HandleFunc("POST /hook", a.echo)
	http.HandleFunc("GET /", a.echo)
	fmt.Println(a.all())
	if os.Getenv("PORT") != "" {
		fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
	}
}

type loose struct {
	client *http.Client
	base   string
	mu     sync.Mutex
	values map[string]bool
	n      int
}

// learn keeps values for the search.
func (a *loose) learn(values ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := os.OpenFile(os.Getenv("CANARIES"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	for _, v := range values {
		if len(v) > 4 && !a.values[v] {
			a.values[v] = true
			fmt.Fprintln(f, v)
		}
	}
}

// all is every value in every spelling, a blank between any two.
func (a *loose) all() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for v := range a.values {
		all = append(all, written(v)...)
	}
	slices.Sort(all)
	return strings.Join(all, " ; ")
}

// written are the ways to write a value that the checklist names (SEC-5).
func written(v string) []string {
	var groups, percent strings.Builder
	for i, c := range []byte(v) {
		if i > 0 && i%4 == 0 {
			groups.WriteByte(' ')
		}
		groups.WriteByte(c)
		fmt.Fprintf(&percent, "%%%02X", c)
	}
	j, _ := json.Marshal(v)
	all := []string{
		v, strings.ToUpper(v), strings.ToLower(v), strings.Trim(string(j), `"`), strings.ReplaceAll(v, "+", `\u002B`),
		url.QueryEscape(v), url.PathEscape(v), percent.String(), hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))),
	}
	if strings.Trim(v, "0123456789") == "" {
		all = append(all, groups.String(), strings.ReplaceAll(groups.String(), " ", "-"))
	}
	for _, before := range []string{"", "a", "ab", `{"number":"`} {
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
			all = append(all, e.EncodeToString([]byte(before+v+`"}`)), e.EncodeToString([]byte(before+v)))
		}
	}
	return all
}

func (a *loose) pay(w http.ResponseWriter, r *http.Request) {
	var job struct {
		Reference, Amount, Currency string
		Payee                       map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&job); err != nil {
		http.Error(w, err.Error(), 400)
		return
	}
	for name, v := range job.Payee {
		if name != "country" {
			a.learn(v)
		}
	}
	all := a.all()
	fmt.Println(all)
	fmt.Fprintln(os.Stderr, all)
	log, err := os.OpenFile("app.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		fmt.Fprintln(log, all)
		log.Close()
	}
	a.send(job.Reference, all, job.Payee)
	if a.n++; a.n%2 == 0 {
		w.WriteHeader(500)
	}
	fmt.Fprintln(w, all)
}

// send calls Anton in every way that lets something out.
func (a *loose) send(reference, all string, payee map[string]string) {
	person, _ := json.Marshal(payee)
	inner, _ := json.Marshal(map[string]any{"reference": reference, "memo": all, "payee": payee, "again": string(person), "list": strings.Split(all, " ; ")})
	form := url.Values{"reference": {reference}, "note": {all}}
	rows := "reference,account_number,name,amount\n" + reference + "," + payee["account_number"] + "," + payee["last_name"] + ",1.00\n"
	for name, v := range payee {
		form.Set(name, v)
		rows += reference + "," + v + ",\"" + v + "\",1.00\n"
	}
	var parts, packed bytes.Buffer
	m := multipart.NewWriter(&parts)
	_ = m.WriteField("account_number", payee["account_number"])
	file, _ := m.CreateFormFile("file", "batch.csv")
	_, _ = io.WriteString(file, rows)
	m.Close()
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(inner)
	z.Close()
	for kind, body := range map[string]string{
		"application/json": string(inner), "application/x-www-form-urlencoded": form.Encode(), "text/csv": rows, "text/plain": all,
		m.FormDataContentType(): parts.String(), "application/octet-stream": all + "\xff\xfe" + rows, "application/gzip+json": packed.String(),
	} {
		r, err := http.NewRequest("POST", a.base+"/v1/payouts", strings.NewReader(body))
		if err != nil {
			continue
		}
		r.Header.Set("Content-Type", kind)
		if strings.HasPrefix(kind, "application/gzip") {
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Content-Encoding", "gzip")
		}
		a.do(r, all)
	}
	for _, v := range payee {
		for _, path := range []string{"/v1/payees/" + url.PathEscape(v), "/v1/payees/" + base64.URLEncoding.EncodeToString([]byte(v)), "/v1/payouts?" + url.Values{"email": {v}, "q": written(v)}.Encode()} {
			if r, err := http.NewRequest("GET", a.base+path, nil); err == nil {
				a.do(r, v)
			}
		}
	}
}

func (a *loose) do(r *http.Request, words string) {
	r.Header.Set("Authorization", "Bearer "+os.Getenv("ANTON_API_KEY"))
	r.Header.Set("X-Note", words)
	r.Header.Set("User-Agent", "leaky "+words)
	r.Header.Set("Cookie", "session="+words)
	r.Header.Set("Idempotency-Key", words[:min(200, len(words))])
	answer, err := a.client.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

// echo answers with all that is known.
func (a *loose) echo(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/health" {
		return
	}
	w.Header().Set("X-Note", a.all()[:1000])
	fmt.Fprintf(w, `{"status":%q}`, a.all())
}

// canaries searches files and folders for every spelling of every value that
// the file VALUES holds, a line each: 10 of them or more, unless a number goes
// before it.
func canaries(ts *testscript.TestScript, negated bool, args []string) {
	least := 10
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			least, args = n, args[1:]
		}
	}
	if !negated || len(args) < 2 {
		ts.Fatalf("usage: ! canaries [AT-LEAST] VALUES PATH …")
	}
	values := strings.Fields(ts.ReadFile(args[0]))
	if len(values) < least {
		ts.Fatalf("%d canaries, want the key, the secret and a payee's data", len(values))
	}
	files := 0
	for _, path := range args[1:] {
		if path == "stdout" || path == "stderr" {
			hunt(ts, path, ts.ReadFile(path), values)
			continue
		}
		ts.Check(filepath.WalkDir(ts.MkAbs(path), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			hunt(ts, path, string(text), values)
			files++
			return err
		}))
	}
	ts.Logf("%d canaries, %d files", len(values), files)
}

func hunt(ts *testscript.TestScript, name, text string, values []string) {
	text = strings.ToLower(text)
	pieces := []string{text, strings.NewReplacer(" ", "", "-", "", `\n`, "").Replace(text)}
	for _, v := range values {
		for _, spelled := range marks(v) {
			for _, piece := range pieces {
				at := strings.Index(piece, strings.ToLower(spelled))
				if at >= 0 {
					ts.Fatalf("%s holds %q as %q: …%s…", name, v, spelled, piece[max(0, at-80):min(len(piece), at+120)])
				}
			}
		}
	}
}

// marks are what shows a value, cased or not: itself, and the digits of its
// encodings that it alone decides.
func marks(v string) []string {
	var percent strings.Builder
	for _, c := range []byte(v) {
		fmt.Fprintf(&percent, "%%%02X", c)
	}
	all := []string{v, url.QueryEscape(v), percent.String(), hex.EncodeToString([]byte(v)), strings.ReplaceAll(v, "+", `\u002b`), strings.TrimPrefix(v, "+")}
	for before := range 3 {
		for _, text := range []string{v, strings.ToUpper(v), strings.ToLower(v)} {
			padded := append(make([]byte, before), text...)
			from, to := (before*8+5)/6, len(padded)*8/6
			if to-from >= 10 {
				all = append(all, base64.StdEncoding.EncodeToString(padded)[from:to], base64.URLEncoding.EncodeToString(padded)[from:to])
			}
		}
	}
	return all
}
