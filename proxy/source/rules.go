package source

import (
	"regexp"
	"slices"
	"strings"
)

// rule is a way to make a float, or to keep a number in one. It is told when the
// number is money by its name.
type rule struct {
	where   where
	signs   []string // a line that the rule is about has one of them: quicker to look for
	pattern *regexp.Regexp
}

// where says what a rule's number is called.
type where int

const (
	argument where = iota // the arguments that the pattern's end opens, or what they are given to
	number                // as argument, but a whole number just as well: a total may be a count
	operand               // what the end of the pattern's first group begins, or what it is given to
	sign                  // as operand, but a whole number just as well
	receiver              // what stands before the pattern's point, or what it is given to
	declared              // the pattern's first group
	whole                 // as declared, but a whole number just as well
)

// total reports whether the name of a sum tells of money here.
func (w where) total() bool { return w != number && w != sign && w != whole }

func is(w where, signs, pattern string) rule {
	return rule{w, strings.Split(signs, "|"), regexp.MustCompile(pattern)}
}

// signed reports whether a text has one of the rule's signs.
func (r rule) signed(text string) bool {
	return slices.ContainsFunc(r.signs, func(s string) bool { return strings.Contains(text, s) })
}

var scripted = []rule{
	is(argument, "parseFloat", `\b(?:Number\.)?parseFloat\s*\(`),
	is(number, "Number", `\bNumber\s*\(`),
	is(receiver, "toFixed", `\??\.toFixed\s*\(`),
	is(sign, "+", `(?:[=(,:?\[&|]|=>|\breturn)\s*(\+\s*[A-Za-z_$(])`),
}

var floating = map[*language][]rule{
	javaScript: scripted,
	typeScript: append([]rule{
		is(whole, "number", `\b(\w+)[?!]?\s*:\s*(?:Array<)?number\b`),
		is(whole, "number", `\bfunction\s+(\w+)\s*\(.*\)\s*:\s*number\b`),
	}, scripted...),
	python: {
		is(argument, "float", `\bfloat\s*\(`),
		is(argument, "float", `\b(?:np|numpy)\.float(?:64|32)\s*\(`),
		is(declared, "float", `\b(\w+)\s*:\s*(?:[\w.]+\[\s*(?:\w+,\s*)?)*float\b`),
		is(declared, "float", `\bdef\s+(\w+)\s*\(.*->\s*(?:[\w.]+\[\s*(?:\w+,\s*)?)*float\b`),
		is(declared, "Float|REAL", `\b(\w+)\s*(?::[^=]*)?=\s*[\w.]*\b(?:FloatField\b|(?:mapped_column|Column)\(\s*(?:\w+\.)?(?:Float|REAL)\b)`),
	},
	golang: {
		is(argument, "ParseFloat", `\bstrconv\.ParseFloat\(`),
		is(argument, "float", `\bfloat(?:64|32)\(`),
		is(receiver, "Float", `\.(?:Inexact)?Float(?:64|32)\(\)`),
		is(declared, "float", `\b(\w+(?:\s*,\s*\w+)*)\s+(?:map\[[\w.]+\]|\[\d*\]|\*|\.\.\.)*float(?:64|32)\b`),
		is(declared, "float", `\bfunc\s+(?:\([^)]*\)\s*)?(\w+)\([^)]*\)\s*\(?\*?float(?:64|32)\b`),
	},
	java: {
		is(argument, "double|float|Double|Float", `\b(?:Double|Float)\.(?:parseDouble|parseFloat|valueOf)\s*\(`),
		is(argument, "double|float|Double|Float", `\bnew\s+(?:Double|Float)\s*\(`),
		is(operand, "double|float", `(\(\s*(?:double|float)\s*\)\s*[\w(])`),
		is(receiver, "Value", `\.(?:double|float)Value\s*\(\)`),
		is(declared, "double|float|Double|Float", `\b(?:double|float|Double|Float)(?:\[\])?\s+(\w+)`),
		is(declared, "double|float|Double|Float", `\b(?:List|Set|Collection|Optional|Map)<(?:\w+,\s*)?(?:Double|Float)>\s+(\w+)`),
	},
	php: {
		is(argument, "val", `\b(?:floatval|doubleval)\s*\(`),
		is(operand, ")", `(\(\s*(?:float|double|real)\s*\)\s*[\w$(])`),
		is(declared, "float", `\bfloat\s+&?\$(\w+)`),
		is(declared, "float", `\bfunction\s+(\w+)\s*\(.*\)\s*:\s*\??float\b`),
	},
	ruby: {
		is(receiver, "to_f", `(?:&?\.)to_f\b`),
		is(argument, "Float", `\bFloat\s*\(`),
		is(declared, "t.", `\bt\.(?:float|double)\s+["':]+(\w+)`),
		is(declared, "add_column", `\badd_column\b.*,\s*["':]+(\w+)["']?,\s*:float\b`),
	},
	cSharp: {
		is(argument, "Convert", `\bConvert\.To(?:Double|Single)\s*\(`),
		is(argument, "double|float|Double|Float|Single", `\b(?:double|float|Double|Single)\.(?:Try)?Parse\s*\(`),
		is(operand, "double|float", `(\(\s*(?:double|float)\s*\)\s*[\w(])`),
		is(declared, "double|float|Double|Float|Single", `\b(?:double|float|Double|Single)\??(?:\[\])?\s+(\w+)`),
		is(declared, "double|float", `\b\w+<(?:\w+,\s*)?(?:double|float)>\s+(\w+)`),
	},
}
