package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	testresult "github.com/in-toto/attestation/go/predicates/test_result/v0"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/anton-payments/golive/checks"
)

// Version is golive's own.
const Version = "0.1.0"

// predicateType is in-toto's test result.
const predicateType = "https://in-toto.io/attestation/test-result/v0.1"

// Seal is what a certificate says about its own making.
type Seal struct {
	Tool      string  `json:"tool"`             // version of the golive that sealed
	Build     string  `json:"build"`            // its source revision, "unknown" when it was built without one
	Catalogue string  `json:"catalogue"`        // SHA-256, hex, of what its `golive checks --json` prints
	Signer    *Signer `json:"signer,omitempty"` // nil: unsigned
}

// Signer is who signed. The name is the key holder's own word: only a key that
// came another way tells that it is true (Known).
type Signer struct {
	Name   string `json:"name"`
	KeyID  string `json:"key_id"`
	Public string `json:"public_key"` // Ed25519, hex
	Known  bool   `json:"known"`      // one of the keys that the caller gave
}

// here is what this golive puts on a certificate.
func here(k *Key) Seal {
	s := Seal{Tool: Version, Build: revision(), Catalogue: catalogueDigest()}
	if k != nil {
		s.Signer = &Signer{Name: k.Name, KeyID: k.ID, Public: k.Public}
	}
	return s
}

// revision is the source revision that this program was built from.
func revision() string {
	commit, dirty := "unknown", ""
	info, _ := debug.ReadBuildInfo()
	for i := 0; info != nil && i < len(info.Settings); i++ {
		switch s := info.Settings[i]; {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = ", changed"
		}
	}
	return commit + dirty
}

// catalogueDigest is the digest of the checklist's checks, as `golive checks --json`
// prints them: id, title, level, items, exercises, words.
func catalogueDigest() string {
	var listed bytes.Buffer
	_ = listJSON(&listed, checks.All()) // a buffer takes all
	return digest(listed.Bytes())
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// statement is the certificate's content: an in-toto statement about the files
// of a bundle, in the order given. The same report, files and seal give the
// same bytes.
func statement(r *Report, files []*intoto.ResourceDescriptor, s Seal) ([]byte, error) {
	predicate, err := structOf(testResult(r, files, s))
	if err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(&intoto.Statement{
		Type: intoto.StatementTypeUri, Subject: files, PredicateType: predicateType, Predicate: predicate,
	})
	if err != nil {
		return nil, err
	}
	var even bytes.Buffer // protojson sprinkles blanks at random
	err = json.Compact(&even, text)
	return even.Bytes(), err
}

func structOf(m proto.Message) (*structpb.Struct, error) {
	text, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	s := &structpb.Struct{}
	return s, protojson.Unmarshal(text, s)
}

// testResult is the predicate. A test is a check. What did not certify is FAILED:
// no policy may read an incomplete run as a good one.
func testResult(r *Report, files []*intoto.ResourceDescriptor, s Seal) *testresult.TestResult {
	t := &testresult.TestResult{Result: "FAILED", Configuration: configuration(r, files, s)}
	if r.Decision.Certificate == Certified {
		t.Result = "PASSED"
	}
	for _, v := range r.Verdicts {
		switch {
		case v.Outcome == checks.Fail:
			t.FailedTests = append(t.FailedTests, v.Check)
		case v.Outcome == checks.Inconclusive || v.Outcome == checks.Pass && len(v.Findings) > 0:
			t.WarnedTests = append(t.WarnedTests, v.Check)
		case v.Outcome == checks.Pass:
			t.PassedTests = append(t.PassedTests, v.Check)
		}
	}
	return t
}

// configuration is what the result rests on: the run, the checks, golive
// itself, the waivers, who signed, and golive.yaml where the run kept it.
func configuration(r *Report, files []*intoto.ResourceDescriptor, s Seal) []*intoto.ResourceDescriptor {
	sections := ""
	for _, asked := range r.Decision.Sections {
		sections += ","[:min(1, len(sections))] + string(asked)
	}
	list := []*intoto.ResourceDescriptor{
		{Name: "run", Annotations: notes(
			"id", r.Run, "began", r.At.Format(time.RFC3339Nano), "merchant", r.Subject.Merchant, "merchant_id", r.Subject.ID,
			"app_version", r.Subject.App, "profile", r.Profile, "upstream", r.Upstream, "route", r.Route, "recorded_by", r.Tool,
			"sections", sections, "decision", r.Decision.Certificate, "because", r.Decision.Because,
		)},
		{Name: "checks", Digest: map[string]string{"sha256": s.Catalogue}},
		{Name: "golive", Annotations: notes("version", s.Tool, "build", s.Build)},
	}
	for _, item := range r.Decision.Waived {
		list = append(list, r.WaiverOf(item).descriptor())
	}
	if s.Signer != nil {
		list = append(list, &intoto.ResourceDescriptor{Name: "signer", Annotations: notes(
			"name", s.Signer.Name, "key_id", s.Signer.KeyID, "public_key", s.Signer.Public,
		)})
	}
	for _, f := range files {
		if f.Name == configFile {
			list = append(list, f)
		}
	}
	return list
}

// notes are annotations, from names and values in turn.
func notes(pairs ...string) *structpb.Struct {
	s := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Fields[pairs[i]] = structpb.NewStringValue(pairs[i+1])
	}
	return s
}

// sealed is what is read back of a statement: it is made anew and compared to
// the byte, so nothing else needs to be looked at.
type sealed struct {
	PredicateType string `json:"predicateType"`
	Subject       []struct {
		Name   string            `json:"name"`
		Digest map[string]string `json:"digest"`
	} `json:"subject"`
	Predicate struct {
		Configuration []struct {
			Name        string            `json:"name"`
			Digest      map[string]string `json:"digest"`
			Annotations map[string]string `json:"annotations"`
		} `json:"configuration"`
	} `json:"predicate"`
}

// sealOf reads back what a statement says about its own making, and the files
// it is about.
func sealOf(payload []byte) (Seal, []*intoto.ResourceDescriptor, error) {
	var st sealed
	if err := json.Unmarshal(payload, &st); err != nil {
		return Seal{}, nil, errors.New("its content is no in-toto test result")
	}
	if st.PredicateType != predicateType {
		return Seal{}, nil, fmt.Errorf("its content is of type %q, want %s", st.PredicateType, predicateType)
	}
	s := Seal{}
	for _, c := range st.Predicate.Configuration {
		switch note := c.Annotations; c.Name {
		case "checks":
			s.Catalogue = c.Digest["sha256"]
		case "golive":
			s.Tool, s.Build = note["version"], note["build"]
		case "signer":
			s.Signer = &Signer{Name: note["name"], KeyID: note["key_id"], Public: note["public_key"]}
		}
	}
	var files []*intoto.ResourceDescriptor
	for _, f := range st.Subject {
		files = append(files, &intoto.ResourceDescriptor{Name: f.Name, Digest: f.Digest})
	}
	return s, files, nil
}
