package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// file is a golive.yaml while it is looked at.
type file struct {
	name     string
	nodes    map[string]ast.Node // what stands at each path, "actions.pay.http", "currencies[0]"
	problems []*Problem
}

func (f *file) problem(node ast.Node, format string, args ...any) {
	p := node.GetToken().Position
	f.problems = append(f.problems, &Problem{f.name, p.Line, p.Column, fmt.Sprintf(format, args...)})
}

// err joins the problems in the order of their lines; nil when there are none.
func (f *file) err() error {
	slices.SortStableFunc(f.problems, func(a, b *Problem) int {
		return (a.Line-b.Line)*1<<16 + a.Column - b.Column
	})
	var all []error
	for _, p := range f.problems {
		all = append(all, p)
	}
	return errors.Join(all...)
}

var duration = reflect.TypeFor[time.Duration]()

func typeOf(c *Config) reflect.Type { return reflect.TypeOf(c).Elem() }

// shape compares a node with the Go type that it is to fill, and notes where
// each value stands. The YAML library by itself would round 1.5 to 1, write
// 1.10 as 1.1 and follow an alias into itself.
func (f *file) shape(path string, node ast.Node, t reflect.Type) {
	f.nodes[path] = node
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	want := ""
	switch {
	case node.Type() == ast.AnchorType || node.Type() == ast.AliasType || node.Type() == ast.TagType:
		want = "a plain value: anchors, aliases and tags are not read here"
	case t == duration:
		want = f.duration(node)
	case t.Kind() == reflect.Struct:
		want = f.members(path, node, t)
	case t.Kind() == reflect.Map:
		want = f.entries(path, node, t.Elem())
	case t.Kind() == reflect.Slice:
		want = f.elements(path, node, t.Elem())
	case t.Kind() == reflect.Interface:
		f.json(node)
	default:
		want = scalar(node, t.Kind())
	}
	if want != "" {
		f.problem(node, "%s wants %s", cmpOr(path, "the file"), want)
	}
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// scalar says what is wanted where the node is something else.
func scalar(node ast.Node, kind reflect.Kind) (want string) {
	switch kind {
	case reflect.String:
		return text(node)
	case reflect.Int:
		if _, ok := plainInteger(node); !ok {
			return "a whole number"
		}
	case reflect.Bool:
		if node.Type() != ast.BoolType {
			return "true or false"
		}
	}
	return ""
}

// text takes strings, and whole numbers that YAML spells as they stand.
func text(node ast.Node) (want string) {
	if node.Type() == ast.StringType || node.Type() == ast.LiteralType {
		return ""
	}
	if _, ok := plainInteger(node); ok {
		return ""
	}
	if _, ok := node.(ast.ScalarNode); ok && node.Type() != ast.NullType {
		return fmt.Sprintf("a text, write it in quotes: %q", node.GetToken().Value)
	}
	return "a text"
}

func plainInteger(node ast.Node) (int, bool) {
	if node.Type() != ast.IntegerType {
		return 0, false
	}
	n, err := strconv.Atoi(node.GetToken().Value)
	return n, err == nil && strconv.Itoa(n) == node.GetToken().Value
}

func (f *file) duration(node ast.Node) (want string) {
	if node.Type() == ast.StringType {
		if _, err := time.ParseDuration(node.GetToken().Value); err == nil {
			return ""
		}
	}
	return "a duration such as 60s or 2m"
}

// members looks at a mapping that fills a struct. A key without a value is as
// good as absent.
func (f *file) members(path string, node ast.Node, t reflect.Type) (want string) {
	pairs, ok := mapping(node)
	if !ok {
		return "a mapping, key: value"
	}
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		field, known := fieldNamed(t, name)
		if !known {
			f.problem(pair.Key, "unknown key %q, %s", name, hint(path, name, t))
			continue
		}
		if pair.Value.Type() == ast.NullType {
			continue
		}
		f.shape(join(path, name), pair.Value, field)
	}
	return ""
}

func (f *file) entries(path string, node ast.Node, t reflect.Type) (want string) {
	pairs, ok := mapping(node)
	if !ok {
		return "a mapping, NAME: value"
	}
	for _, pair := range pairs {
		f.shape(join(path, pair.Key.GetToken().Value), pair.Value, t)
	}
	return ""
}

func (f *file) elements(path string, node ast.Node, t reflect.Type) (want string) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return "a list, [one, two]"
	}
	for i, element := range list.Values {
		f.shape(fmt.Sprintf("%s[%d]", path, i), element, t)
	}
	return ""
}

func mapping(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// json is the node as encoding/json would read it, numbers as json.Number. What
// JSON does not have is a problem.
func (f *file) json(node ast.Node) any {
	if pairs, ok := mapping(node); ok {
		members := map[string]any{}
		for _, pair := range pairs {
			members[pair.Key.GetToken().Value] = f.json(pair.Value)
		}
		return members
	}
	switch n := node.(type) {
	case *ast.SequenceNode:
		list := []any{}
		for _, element := range n.Values {
			list = append(list, f.json(element))
		}
		return list
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.BoolNode:
		return n.Value
	case *ast.NullNode:
		return nil
	}
	digits := strings.TrimSpace(node.GetToken().Value)
	if _, ok := node.(ast.ScalarNode); !ok || !json.Valid([]byte(digits)) {
		f.problem(node, "%q is no JSON value, write it in quotes", digits)
	}
	return json.Number(digits)
}
