package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anton-payments/golive/proxy/config"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("golive.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("golive.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// value is a YAML file as JSON has it.
func value(data []byte) (any, error) {
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// The files that golive brings along are good by the schema, too.
func TestSchemaTakesBundledFiles(t *testing.T) {
	s := compiled(t)
	for _, path := range []string{"../../fixtures/merchants/go/golive.yaml", "../../fixtures/merchants/node/golive.yaml", "testdata/whole.yaml"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v, err := value(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := config.Parse(path, data); err != nil {
			t.Error(err)
		}
	}
}

// beyond is what the reader refuses and a schema cannot: by words of the problem.
var beyond = []string{
	"names one variable twice", "patience is", "is no pattern", "already defined", "a second document",
	"wants a plain value", "is no JSON value", "not found", "a tab, want spaces", `in quotes: "007"`,
}

// What the reader refuses, the schema refuses, but for what is beyond it.
func TestSchemaRefusesProblems(t *testing.T) {
	s := compiled(t)
	data, err := os.ReadFile("testdata/problems.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		text, problem, _ := strings.Cut(block, "\n=>")
		v, err := value([]byte(strings.NewReplacer(`\t`, "\t", "␤", "").Replace(text) + "\n"))
		if err != nil {
			continue // no YAML to begin with
		}
		cannot := slices.ContainsFunc(beyond, func(words string) bool { return strings.Contains(problem, words) })
		if err := s.Validate(v); err == nil && !cannot {
			t.Errorf("schema: %v, reader:%s\n%s", err, problem, text)
		}
	}
}

// Every value of a whole file, key by key, in turn is put in the place of others, taken out,
// and given a stranger: reader and schema think the same of each.
func TestSchemaAndReaderAgree(t *testing.T) {
	s := compiled(t)
	data, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := value(data)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for name, part := range whole.(map[string]any) {
		alone := map[string]any{name: part}
		vary("", alone, func(changed string) {
			tried++
			agree(t, s, alone, changed)
		})
	}
	if tried < 500 {
		t.Errorf("%d files only", tried)
	}
}

func agree(t *testing.T, s *jsonschema.Schema, file map[string]any, changed string) {
	t.Helper()
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	_, read := config.Parse("golive.yaml", text) // JSON is YAML
	if read != nil && slices.ContainsFunc(beyond, func(words string) bool { return strings.Contains(read.Error(), words) }) {
		return
	}
	if valid := s.Validate(file); (read == nil) != (valid == nil) {
		t.Errorf("%s\nreader: %v\nschema: %v", changed, read, valid)
	}
}

// others are put in the place of a value. An empty text is not among them: to the
// reader it is as good as none, the schema wants what it wants.
func others() []any {
	return []any{nil, "some text", "${reference}", "${ref}", "${", "$.a", "https://a.example", "USD", true, json.Number("0"), json.Number("7"),
		json.Number("1.5"), []any{}, []any{"a"}, []any{nil}, map[string]any{}, map[string]any{"zebra": "a"}}
}

// vary changes each value below v in turn, and puts it back.
func vary(path string, v any, look func(changed string)) {
	switch at := v.(type) {
	case map[string]any:
		at["zebra"] = "a"
		look(path + ".zebra")
		delete(at, "zebra")
		for _, name := range slices.Sorted(maps.Keys(at)) {
			was := at[name]
			vary(path+"."+name, was, look)
			for _, other := range others() {
				at[name] = other
				look(fmt.Sprintf("%s.%s: %#v", path, name, other))
			}
			delete(at, name)
			look(path + "." + name + " gone")
			at[name] = was
		}
	case []any:
		for i, was := range at {
			vary(fmt.Sprintf("%s[%d]", path, i), was, look)
			for _, other := range others() {
				at[i] = other
				look(fmt.Sprintf("%s[%d]: %#v", path, i, other))
			}
			at[i] = was
		}
	}
}
