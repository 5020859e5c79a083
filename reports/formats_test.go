package reports_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	gojunit "github.com/joshdk/go-junit"
	sarif "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/reports"
)

// The report's schema is generated from its types.
func TestSchemaIsOfTheTypes(t *testing.T) {
	r := jsonschema.Reflector{
		Anonymous: true, AllowAdditionalProperties: true, // a later golive may add members
		Namer: func(t reflect.Type) string {
			if t == reflect.TypeFor[checks.Item]() {
				return "ItemID"
			}
			return ""
		},
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case reflect.TypeFor[checks.Outcome]():
				return &jsonschema.Schema{Type: "string", Enum: []any{"not applicable", "pass", "inconclusive", "fail"}}
			case reflect.TypeFor[checks.Item]():
				return &jsonschema.Schema{Type: "string", Pattern: "^(INT|SEC|CUT|LCH)-[0-9]+$"}
			}
			return nil
		},
	}
	for _, folder := range []string{".", "../checks", "../proxy/recording"} {
		if err := r.AddGoComments("github.com/anton-payments/golive/reports", folder); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&reports.Report{})
	s.Title, s.ID = "golive report, schema 1", ""
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile("schema/report.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile("schema/report.json"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("schema/report.json is stale (%v); go test ./reports -update writes it anew", err)
	}
}

// compiled is a schema, ready to hold a document to it.
func compiled(t *testing.T, path string) func(text []byte) error {
	t.Helper()
	s, err := validator.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return func(text []byte) error {
		document, err := validator.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return s.Validate(document)
	}
}

func goldens(t *testing.T, ending string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*." + ending)
	if err != nil || len(paths) < 7 {
		t.Fatalf("%d files of %s, %v", len(paths), ending, err)
	}
	found := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(path), "."+ending)] = text
	}
	return found
}

// Every report holds to its schema, and the schema refuses what is none.
func TestReportsHoldToTheSchema(t *testing.T) {
	valid := compiled(t, "schema/report.json")
	for name, text := range goldens(t, "json") {
		if err := valid(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, bad := range [][2]string{{`"schema": 1`, `"schema": "1"`}, {`"outcome": "`, `"outcome": "un`}, {`"decision"`, `"decisiom"`}} {
			if valid(bytes.Replace(text, []byte(bad[0]), []byte(bad[1]), 1)) == nil {
				t.Errorf("%s: valid with %s", name, bad[1])
			}
		}
	}
}

// A report read back is the report: every format of it has the same bytes.
func TestReadBack(t *testing.T) {
	for name, text := range goldens(t, "json") {
		r, err := reports.Read(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range reports.Formats {
			if f.Name == "har" { // shows the recording
				continue
			}
			want, err := os.ReadFile("testdata/" + name + "." + ending(f))
			if err != nil {
				t.Error(err)
				continue
			}
			var got bytes.Buffer
			if err := f.Write(&got, r); err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s: %s differs once read back (%v)", name, f.Name, err)
			}
		}
	}
}

func ending(f reports.Format) string {
	return map[string]string{"text": "txt", "junit": "junit.xml", "markdown": "md", "badge": "badge.svg"}[f.Name] + map[string]string{
		"json": "json", "sarif": "sarif", "html": "html",
	}[f.Name]
}

func TestReadRefuses(t *testing.T) {
	text := goldens(t, "json")["fail"]
	for why, bad := range map[string]string{
		"schema 2":   strings.Replace(string(text), `"schema": 1`, `"schema": 2`, 1),
		"certified":  strings.Replace(string(text), `"certificate": "not certified"`, `"certificate": "certified"`, 1),
		"unexpected": string(text[:len(text)/2]),
		"INT-1":      strings.Replace(string(text), `"INT-1",`, `"INT-2",`, -1),
		"outcome":    strings.Replace(string(text), `"outcome": "fail"`, `"outcome": "fine"`, 1),
		"item":       `{"schema": 1}`,
	} {
		if _, err := reports.Read([]byte(bad)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("want an error with %q, got %v", why, err)
		}
	}
}

// What an independent reader makes of the JUnit file is what the report says.
func TestJUnitReadsAlike(t *testing.T) {
	for name, text := range goldens(t, "junit.xml") {
		suites, err := gojunit.Ingest(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, err := reports.Read(goldens(t, "json")[name])
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]gojunit.Status{}
		for _, s := range suites {
			for _, c := range s.Tests {
				check, _, _ := strings.Cut(c.Name, ":")
				got[check] = append(got[check], c.Status)
				if c.Status != gojunit.StatusPassed && c.Message == "" {
					t.Errorf("%s: %s gives no reason", name, c.Name)
				}
			}
		}
		for _, v := range r.Verdicts {
			want := map[checks.Outcome]gojunit.Status{checks.Pass: gojunit.StatusPassed, checks.Fail: gojunit.StatusFailed}[v.Outcome]
			if want == "" || want == gojunit.StatusFailed && waivedIn(r, v) {
				want = gojunit.StatusSkipped
			}
			for _, s := range got[v.Check] {
				if s != want {
					t.Errorf("%s: %s reads as %s, want %s", name, v.Check, s, want)
				}
			}
			asked := slices.ContainsFunc(r.Items, func(i reports.Item) bool { return i.Asked && slices.Contains(i.Checks, v.Check) })
			if r.Narrowed == nil && asked && len(got[v.Check]) == 0 {
				t.Errorf("%s: %s is not told", name, v.Check)
			}
		}
		decided := got["certified for integration, security"]
		if r.Decision.Certificate == reports.Certified && (len(decided) != 1 || decided[0] != gojunit.StatusPassed) {
			t.Errorf("the certificate reads as %v", decided)
		}
		for check, s := range got {
			if strings.HasPrefix(check, "certified for") && r.Decision.Certificate != reports.Certified && s[0] == gojunit.StatusPassed {
				t.Errorf("%s: reads as certified", name)
			}
		}
	}
}

// waivedIn: every item asked for that the check judges is waived.
func waivedIn(r *reports.Report, v reports.Verdict) bool {
	return !slices.ContainsFunc(r.Items, func(i reports.Item) bool {
		return i.Asked && slices.Contains(i.Checks, v.Check) && r.Waived(i.ID) == ""
	})
}

// SARIF holds to the standard's schema, and an independent reader finds the
// findings that stand in files.
func TestSARIFHoldsToTheStandard(t *testing.T) {
	valid := compiled(t, "testdata/standards/sarif-2.1.0.json")
	for name, text := range goldens(t, "sarif") {
		if err := valid(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var log sarif.Report
	if err := json.Unmarshal(goldens(t, "sarif")["fail"], &log); err != nil {
		t.Fatal(err)
	}
	places := []string{}
	for _, r := range log.Runs[0].Results {
		p := r.Locations[0].PhysicalLocation
		line := 0
		if p.Region != nil {
			line = *p.Region.StartLine
		}
		if id := log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID; *id != *r.RuleID {
			t.Errorf("rule %s stands at the index of %s", *r.RuleID, *id)
		}
		places = append(places, *p.ArtifactLocation.URI+" "+string(rune('0'+line/10))+string(rune('0'+line%10)))
	}
	if want := []string{"stdout 40"}; !slices.Equal(places, want) {
		t.Errorf("%v, want %v", places, want)
	}
}

// Words of the app reach every format as words: nothing is markup, no character
// breaks the file.
func TestHostileWords(t *testing.T) {
	const hostile = "<script>alert(1)</script> ]]> & \" ' | `x` @octocat #1 \\ \x00\x1b[31m\xff \u202e ${{ secrets.X }}"
	r, err := reports.Read(goldens(t, "json")["fail"])
	if err != nil {
		t.Fatal(err)
	}
	r.Subject.Merchant, r.Subject.App, r.Run = hostile, hostile, hostile
	for i := range r.Verdicts {
		for n := range r.Verdicts[i].Findings {
			r.Verdicts[i].Findings[n].Text = hostile
			if n%2 == 0 {
				r.Verdicts[i].Findings[n].Ref = "src:" + hostile + ":7"
			}
		}
		r.Verdicts[i].Missing = append(r.Verdicts[i].Missing, hostile)
	}
	grant := &reports.Grant{Item: checks.Retries, Reason: hostile, Requester: hostile, Approver: hostile, Until: hostile, Signer: hostile}
	r.Waivers = []reports.Waiver{{File: hostile, Grant: grant, KeyID: hostile}, {File: hostile, Refused: hostile}}
	for i := range r.Evidence {
		r.Evidence[i].Text = hostile
	}
	for _, f := range reports.Formats {
		var out bytes.Buffer
		if f.Name == "har" { // shows the recording
			continue
		}
		if err := f.Write(&out, r); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		unhurt(t, f.Name, out.Bytes())
	}
}

func unhurt(t *testing.T, format string, text []byte) {
	t.Helper()
	switch format {
	case "junit":
		if _, err := gojunit.Ingest(text); err != nil {
			t.Errorf("junit: %v", err)
		}
		if err := xml.Unmarshal(text, new(struct{})); err != nil {
			t.Errorf("junit: %v", err)
		}
	case "sarif":
		if err := compiled(t, "testdata/standards/sarif-2.1.0.json")(text); err != nil {
			t.Errorf("sarif: %v", err)
		}
	case "markdown", "html", "badge":
		if bytes.Contains(text, []byte("<script>alert")) || format == "markdown" && bytes.Contains(text, []byte("@octocat")) {
			t.Errorf("%s: words became markup", format)
		}
	}
}
