// helm renders the chart as `helm template RELEASE CHART -f VALUES…` does, with the engine that Helm itself
// uses (text/template, sprig), where Helm cannot be had. It knows what our chart uses and no more: no
// subcharts, no hooks, no lookup. An approximation: where `helm` is there, deploy/check.sh uses that.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build main.go   (packages: golang-go,
//	golang-github-masterminds-sprig-dev, golang-k8s-sigs-yaml-dev)
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type object = map[string]interface{}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "helm:", err)
		os.Exit(1)
	}
}

func read(path string) object {
	text, err := os.ReadFile(path)
	check(err)
	values := object{}
	check(yaml.Unmarshal(text, &values))
	return values
}

// merge puts the values of `over` over those of `base`, object by object.
func merge(base, over object) object {
	for key, value := range over {
		below, ok := base[key].(object)
		above, too := value.(object)
		if ok && too {
			value = merge(below, above)
		}
		base[key] = value
	}
	return base
}

func functions(root *template.Template) template.FuncMap {
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	return functions
}

func main() {
	if len(os.Args) < 3 {
		check(fmt.Errorf("usage: helm RELEASE CHART [VALUES]..."))
	}
	release, folder := os.Args[1], os.Args[2]
	values := read(filepath.Join(folder, "values.yaml"))
	for _, file := range os.Args[3:] {
		values = merge(values, read(file))
	}
	chart := object{}
	for key, value := range read(filepath.Join(folder, "Chart.yaml")) {
		chart[strings.ToUpper(key[:1])+key[1:]] = value
	}
	base := fmt.Sprint(chart["Name"]) + "/templates"
	root := template.New("chart").Option("missingkey=error")
	root.Funcs(functions(root))
	files, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		_, err = root.New(base + "/" + filepath.Base(file)).Parse(string(text))
		check(err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "_") {
			continue
		}
		name := base + "/" + filepath.Base(file)
		fmt.Println("---")
		check(root.ExecuteTemplate(os.Stdout, name, object{
			"Values":   values,
			"Chart":    chart,
			"Release":  object{"Name": release, "Namespace": "default", "Service": "Helm"},
			"Template": object{"Name": name, "BasePath": base},
		}))
	}
}
