package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/fixtures/anton"
)

// The schema follows from the Go types: their fields' names and kinds, and the
// comments beside the fields. facts adds what a type does not say.

type object = map[string]any

// Patterns of texts. A schema's pattern may match anywhere: each is tied down.
const (
	anyURL    = `^https?://[^/?#\s]`
	variable  = `^[A-Za-z_][A-Za-z0-9_]*$`
	country   = `^[A-Z]{2}$`
	day       = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
	something = `\S`
	aPath     = `^\$(\.[A-Za-z0-9_-]+|\[[0-9]+\])*$`
	aRequest  = `^(GET|POST|PUT|PATCH|DELETE) +https?://[^/?#\s]\S*$`
	upstream  = `^(embedded|https://[^/?#\s].*|http://(localhost|127(\.[0-9]+){3}|\[::1\])(:[0-9]+)?(/.*)?)$`
	durations = `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`
)

// template is a text whose every ${…} is known.
var template = `^([^$]|\$[^{]|\$+\{(` + strings.Join(Values, "|") + `)\})*\$*$`

// facts are added to what stands at a field, "Type.Field".
var facts = map[string]object{
	"Config.Profile":          {"enum": profiles()},
	"Config.Upstream":         {"pattern": upstream, "default": Embedded},
	"Config.Currencies":       {"minItems": 1, "uniqueItems": true, "items": currency},
	"Config.Concurrency":      {"minimum": 1, "maximum": 64, "default": 8},
	"Config.Patience":         {"default": "60s"},
	"App.Command":             {"items": object{"type": words, "minLength": 1}},
	"App.Env":                 {"propertyNames": object{"pattern": variable}},
	"App.Route":               {"enum": []string{RouteProxy, RouteBaseURL}, "default": RouteProxy},
	"App.Ready":               {"pattern": anyURL},
	"Variables.APIKey":        {"pattern": variable},
	"Variables.BaseURL":       {"pattern": variable},
	"Variables.WebhookSecret": {"pattern": variable},
	"Webhook.URL":             {"pattern": anyURL},
	"Webhook.Registration":    {"enum": []string{RegisteredByApp, RegisteredAside}, "default": RegisteredByApp},
	"Corridor.From":           currency,
	"Corridor.To":             currency,
	"Corridor.Country":        {"pattern": country},
	"Production.Webhook":      {"pattern": `^https://[^/?#\s]`},
	"Attestation.Check":       {"pattern": something},
	"Attestation.Statement":   {"pattern": something},
	"Attestation.By":          {"pattern": something},
	"Attestation.Date":        {"pattern": day},
	"Action.HTTP":             {"pattern": aRequest, "allOf": []object{{"pattern": template}}},
	"Action.Headers":          {"additionalProperties": object{"type": words, "pattern": template}},
	"Action.Run":              {"minItems": 1, "items": object{"type": words, "pattern": template}},
	"Action.JSON":             {"$ref": "#/$defs/json"},
	"Action.Count":            {"pattern": aPath},
	"Action.Value":            {"pattern": aPath},
}

// also is added to the object of a type.
var also = map[string]object{
	"Corridor":    {"required": []string{"from", "to", "country"}},
	"Attestation": {"required": []string{"check", "statement", "by", "date"}},
	"Action": {
		"anyOf": []object{given("http"), given("run")},
		"not":   object{"type": "object", "allOf": []object{given("http"), given("run")}},
		"if":    object{"properties": object{"http": object{"pattern": "^(POST|PUT|PATCH) "}}, "required": []string{"http"}},
		"else":  object{"properties": object{"json": false}},
		"dependentSchemas": object{
			"run":   object{"properties": object{"headers": false}},
			"count": object{"properties": object{"value": false}},
		},
	},
}

// currency is defined once: there are many.
var currency = object{"$ref": "#/$defs/currency"}

func given(name string) object {
	return object{"required": []string{name}, "properties": object{name: object{"type": []string{"string", "array"}}}}
}

// words: the reader takes whole numbers for texts.
var words = []string{"string", "integer"}

func profiles() (names []string) {
	for _, p := range anton.Profiles {
		names = append(names, p.Name)
	}
	return names
}

// schema is a value of the type. Where a key may be left empty, null is as good.
func schema(t reflect.Type, comments map[string]string) object {
	switch {
	case t == duration:
		return object{"type": "string", "pattern": durations}
	case t.Kind() == reflect.Pointer:
		return schema(t.Elem(), comments)
	case t.Kind() == reflect.Struct:
		return structure(t, comments)
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": schema(t.Elem(), comments)}
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": schema(t.Elem(), comments)}
	}
	return object{"type": map[reflect.Kind]any{
		reflect.String: words, reflect.Int: "integer", reflect.Bool: "boolean", reflect.Interface: []string{"object", "array", "string", "number", "boolean"},
	}[t.Kind()]}
}

func structure(t reflect.Type, comments map[string]string) object {
	members := object{}
	for field := range t.Fields() {
		name := t.Name() + "." + field.Name
		member := schema(field.Type, comments)
		merge(member, facts[name])
		formed(member)
		if text := cmp.Or(comments[name], comments[named(field.Type)]); text != "" {
			member["description"] = text
		}
		if needed, _ := also[t.Name()]["required"].([]string); !slices.Contains(needed, yamlName(field)) {
			empty(member)
		}
		members[yamlName(field)] = member
	}
	o := object{"type": "object", "additionalProperties": false, "properties": members}
	merge(o, also[t.Name()])
	return o
}

func merge(into, from object) {
	for k, v := range from {
		into[k] = v
	}
}

// named is the name of the type itself, or of what it points to.
func named(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// formed: a text of a form is no number, and what is defined elsewhere has its
// type there.
func formed(member object) {
	switch {
	case member["pattern"] != nil && member["pattern"] != something || member["enum"] != nil:
		member["type"] = "string"
	case member["$ref"] != nil:
		delete(member, "type")
	}
}

// empty lets a member stand without a value.
func empty(member object) {
	switch kinds := member["type"].(type) {
	case string:
		member["type"] = []string{kinds, "null"}
	case []string:
		member["type"] = append(append([]string{}, kinds...), "null")
	}
	if known, ok := member["enum"].([]string); ok {
		all := []any{}
		for _, k := range known {
			all = append(all, k)
		}
		member["enum"] = append(all, nil)
	}
}

// golive is the whole schema. The list action alone has a count.
func golive(comments map[string]string) object {
	root := schema(reflect.TypeFor[Config](), comments)
	actions := root["properties"].(object)["actions"].(object)["properties"].(object)
	for name, action := range actions {
		if name != "list" {
			action.(object)["properties"].(object)["count"] = object{"type": "null"}
		}
	}
	merge(root, object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "golive.yaml",
		"type": []string{"object", "null"},
		"$defs": object{"currency": object{"type": "string", "enum": anton.Currencies()}, "json": object{"anyOf": []object{
			{"type": []string{"number", "boolean", "null"}},
			{"type": "string", "pattern": template},
			{"type": "array", "items": object{"$ref": "#/$defs/json"}},
			{"type": "object", "additionalProperties": object{"$ref": "#/$defs/json"}},
		}}},
	})
	return root
}

// commented are the comments of types and fields in the folder: "Type" and "Type.Field".
func commented(t *testing.T, folders ...string) map[string]string {
	all := map[string]string{}
	for _, folder := range folders {
		packages, err := parser.ParseDir(token.NewFileSet(), folder, nil, parser.ParseComments) //nolint:staticcheck // no build tags here
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packages {
			ast.Inspect(p, func(n ast.Node) bool { return remember(all, n) })
		}
	}
	return all
}

func remember(all map[string]string, n ast.Node) bool {
	d, ok := n.(*ast.GenDecl)
	if !ok || d.Tok != token.TYPE {
		return true
	}
	for _, spec := range d.Specs {
		s := spec.(*ast.TypeSpec)
		all[s.Name.Name] = sentence(d.Doc)
		fields, ok := s.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range fields.Fields.List {
			for _, name := range f.Names {
				all[s.Name.Name+"."+name.Name] = sentence(f.Comment)
			}
		}
	}
	return true
}

// sentence is a comment in one line, in the words of the file.
func sentence(c *ast.CommentGroup) string {
	return strings.NewReplacer("RouteProxy", RouteProxy, "RouteBaseURL", RouteBaseURL, "RegisteredByApp", RegisteredByApp,
		"RegisteredAside", RegisteredAside, "Embedded", Embedded, "Dir", "dir").Replace(strings.Join(strings.Fields(c.Text()), " "))
}

func TestSchemaIsFresh(t *testing.T) {
	var made bytes.Buffer
	encoder := json.NewEncoder(&made)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(golive(commented(t, ".", "../recording"))); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("golive.schema.json", made.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(made.Bytes(), Schema) {
		t.Error("golive.schema.json is stale; make generate")
	}
}

func TestSchemaFactsHaveFields(t *testing.T) {
	known := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			known[t.Name()] = true
			for f := range t.Fields() {
				known[t.Name()+"."+f.Name] = true
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
	for name := range facts {
		if !known[name] {
			t.Errorf("facts of %s, which is gone", name)
		}
	}
	for name := range also {
		if !known[name] {
			t.Errorf("facts of %s, which is gone", name)
		}
	}
}
