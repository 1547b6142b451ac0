// veraPDF, from the jar of a package that has it for another purpose: validates files and prints one JSON object per
// file and standard. Run by tests/verapdf.py in the JavaScript engine that veraPDF brings, so that nothing is compiled.
// Its own reader of profiles needs a part of JAXB that the jar leaves out, so the profiles are read here.
var vera = Packages.org.verapdf;
var make = vera.pdfa.validation.profiles.Profiles;
var factory = vera.pdfa.validation.validators.ValidatorFactory;
var STANDARDS = [["PDFA-2A", vera.pdfa.flavours.PDFAFlavour.PDFA_2_A], ["PDFUA-1", vera.pdfa.flavours.PDFAFlavour.PDFUA_1]];

function elements(parent, tag) {
    var list = parent.getElementsByTagName(tag), found = [];
    for (var at = 0; at < list.getLength(); at++) found.push(list.item(at));
    return found;
}

function text(parent, tag) {
    return elements(parent, tag)[0].getTextContent();
}

function rule(node) {
    var id = elements(node, "id")[0], none = new java.util.ArrayList();
    return make.ruleFromValues(
        make.ruleIdFromValues(vera.pdfa.flavours.PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
            id.getAttribute("clause"), java.lang.Integer.parseInt(id.getAttribute("testNumber"))),
        node.getAttribute("object"), node.getAttribute("deferred") == "true" ? java.lang.Boolean.TRUE : null,
        node.getAttribute("tags"), text(node, "description"), text(node, "test"),
        make.errorFromValues(text(node, "description"), none), none);
}

function profile(name, flavour) {
    var stream = java.lang.ClassLoader.getSystemResourceAsStream("org/verapdf/pdfa/validation/" + name + ".xml");
    var document = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(stream);
    var rules = new java.util.HashSet(), variables = new java.util.HashSet();
    elements(document, "rule").forEach(function (node) { rules.add(rule(node)); });
    elements(document, "variable").forEach(function (node) {
        variables.add(make.variableFromValues(node.getAttribute("name"), node.getAttribute("object"),
            text(node, "defaultValue"), text(node, "value")));
    });
    return make.profileFromValues(flavour, make.profileDetailsFromValues(name, "", "", new java.util.Date()), "", rules, variables);
}

function judged(path, standard, rules) {
    var parser = vera.pdfa.Foundries.defaultInstance().createParser(new java.io.File(path), standard[1]);
    var result = factory.createValidator(rules, false).validate(parser), failed = [];
    parser.close();
    for (var all = result.getTestAssertions().iterator(); all.hasNext();) {
        var one = all.next();
        failed.push(one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber() + " " + one.getMessage());
    }
    print(JSON.stringify({path: String(path), standard: standard[0], rules: Number(rules.getRules().size()),
        checks: Number(result.getTotalAssertions()), passed: Boolean(result.isCompliant()), failed: failed}));
}

vera.gf.foundry.VeraGreenfieldFoundryProvider.initialise();
var files = arguments;
STANDARDS.forEach(function (standard) {
    var rules = profile(standard[0], standard[1]);
    for (var at = 0; at < files.length; at++) judged(files[at], standard, rules);
});
