"""What is compared with the specification: where a figure stands in our reports, where in its
reference run, and how far they may be apart."""
import dataclasses
import math
import statistics
from collections.abc import Callable

REFERENCE_MODELS = ("mnist_model", "mnist_cnn", "mnist_dropout")  # beside digits and resnet20
JPEG_MODELS = ("resnet20",)  # its pictures are decoded by another library than the specification's
RANDOM_MODELS = ("mnist_dropout",)  # its masks are drawn anew in every run
TOLERANCE = {"auroc": .002, "loss": .002, "share": .005, "theta": .2, "count": 1}
JPEG_TOLERANCE = {"auroc": .004, "loss": .004, "share": .01, "theta": .2, "count": 1}
RELATIVE = {"e_aurc": .06, "temperature": .005}


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    kind: str                 # which tolerance
    of: Callable              # reports of run.measure -> value, None where it is not defined
    golden: tuple = ()        # path in the reference run; empty: there is none
    factor: float = 1         # for display


def card(name, report="evaluate"):
    return lambda r: r[report]["card"][name]["value"]


def foreign(i, name):
    return lambda r: r["evaluate"]["foreign"][i][name]["value"]


def of_variance(name):
    def value(reports):
        for comparison in reports["evaluate"]["comparisons"]:
            if comparison["name"] == "variance of the passes":
                return comparison["quality"][name]["value"]
        return None
    return value


def ladder(risk, name, report="calibrate"):
    """A value of the rung of that risk; None where it is not certified."""
    def value(reports):
        for rung in reports[report]["ladder"]:
            if rung["risk"] == risk:
                found = rung[name]
                return found["value"] if isinstance(found, dict) else found
        return None
    return value


def quality(score, golden):
    """A confidence's figures: its name in our card, and in the reference run."""
    return [
        Figure(f"error AUROC: {golden}", "auroc", card(f"{score}.error_auroc"), (golden, "auroc_misclassification")),
        Figure(f"E-AURC x 1000: {golden}", "e_aurc", card(f"{score}.e_aurc"), (golden, "e_aurc_x1000"), 1000),
        Figure(f"ECE equal width: {golden}", "loss", card(f"{score}.ece_equal_width"), (golden, "ece_equal_width_15")),
        Figure(f"NLL: {golden}", "loss", card(f"{score}.nll"), (golden, "nll")),
        Figure(f"Brier: {golden}", "loss", card(f"{score}.brier"), (golden, "brier")),
    ]


def foreign_figures(i, golden, name):
    return [
        Figure(f"{name}: AUROC", "auroc", foreign(i, "auroc"), (golden, "auroc_familiarity")),
        Figure(f"{name}: flagged at 1 %", "share", foreign(i, "flagged_1"), (golden, "flagged_1pct")),
        Figure(f"{name}: called reliable", "share", foreign(i, "reliable"), (golden, "reliable")),
        Figure(f"{name}: confidence .9 or more", "share", foreign(i, "confident"), (golden, "confidence_above_0_9")),
        Figure(f"{name}: P(correct) .9 or more", "share", foreign(i, "confident_ungated"),
               (golden, "p_correct_above_0_9")),
        Figure(f"{name}: joint AUROC", "auroc", foreign(i, "joint_auroc"), (golden, "auroc_joint_confidence")),
        Figure(f"{name}: joint AUROC, scaled softmax alone", "auroc", foreign(i, "joint_auroc_scaled_softmax"),
               (golden, "auroc_joint_temperature_scaled")),
    ]


def certified_classes(reports):
    return sum(risk is not None for risk in reports["calibrate"]["classRisk"])


COPIES = "copies_of_evaluation_rows"
FIGURES = [
    Figure("accuracy", "share", card("accuracy"), ("accuracy",)),
    Figure("temperature", "temperature", lambda r: r["calibrate"]["temperature"], ("temperature",)),
    Figure("weight of the energy", "share", lambda r: r["calibrate"]["evidence"]["weights"]["e"], ("energy_weight",)),
    Figure("weight of the style", "share", lambda r: r["calibrate"]["evidence"]["weights"]["d_sta"], ("style_weight",)),
    Figure("certified risk of `reliable`", "share", lambda r: r["calibrate"]["risk"], ("verdict_rho",)),
    *[Figure(f"threshold of {100 * risk:g} %, logit", "theta", ladder(risk, "theta"),
             ("ladder", f"{risk:g}", "threshold"))
      for risk in (.005, .01, .02, .05, .1)],
    Figure("classes certified on their own", "count", certified_classes, ("classes_certified",)),
    *quality("max_softmax", "max_softmax"),
    *quality("scaled_softmax", "temperature_scaled"),
    *quality("p_correct", "p_correct"),
    *quality("confidence", "confidence"),
    Figure("error AUROC: variance of ten passes", "auroc", of_variance("error_auroc")),
    Figure("another class when asked again", "share", lambda r: r["evaluate"]["changed"]),
    Figure("flagged at 1 %", "share", card("flagged_1"), ("flagged_1pct",)),
    Figure("flagged at 5 %", "share", card("flagged_5"), ("flagged_5pct",)),
    Figure("reliable", "share", card("verdicts.reliable"), ("reliable",)),
    Figure("uncertain", "share", card("verdicts.uncertain"), ("uncertain",)),
    Figure("unfamiliar", "share", card("verdicts.unfamiliar"), ("unfamiliar",)),
    Figure("errors among reliable", "share", card("error_among_reliable"), ("errors_among_reliable",)),
    *[Figure(f"{level} % set: {name}", "share", card(f"sets.{level}.{key}"))
      for level in (95, 99) for name, key in (("coverage", "coverage"), ("mean size", "mean_size"))],
]
DIGIT_FIGURES = [
    *FIGURES,
    *foreign_figures(0, "fashion_test", "Fashion-MNIST"),
    *foreign_figures(1, "notmnist_test", "notMNIST"),
    Figure("drawn digits: accuracy", "share", card("accuracy", "drawn"), ("digits_drawn", "accuracy")),
    Figure("drawn digits: mean P(correct)", "share", lambda r: r["drawn"]["meanPCorrect"],
           ("digits_drawn", "mean_p_correct")),
    Figure("drawn digits: mean confidence", "share", lambda r: r["drawn"]["meanConfidence"],
           ("digits_drawn", "mean_confidence")),
    Figure("drawn digits: unfamiliar", "share", card("verdicts.unfamiliar", "drawn"), ("digits_drawn", "unfamiliar")),
    Figure("drawn digits: reliable", "share", card("verdicts.reliable", "drawn"), ("digits_drawn", "reliable")),
    Figure("damaged copies: accuracy", "share", card("accuracy", "copies"), (COPIES, "accuracy")),
    Figure("damaged copies: gap of P(correct)", "share", lambda r: r["copies"]["gap"]["p_correct"],
           (COPIES, "mean_abs_gap_p_correct")),
    Figure("damaged copies: gap of the scaled softmax", "share", lambda r: r["copies"]["gap"]["scaled_softmax"],
           (COPIES, "mean_abs_gap_temperature_scaled")),
]
# The specification measured its own foreign sets, which are not all shared: orientation, not judged.
NATURAL_FOREIGN = {"TinyImageNet, other classes": "natural/tiny_imagenet32_near", "traffic signs": "natural/gtsrb",
                   "MNIST": "mnist", "Fashion-MNIST": "fashion_test", "X-rays": "natural/pneumonia"}
NATURAL_FIGURES = [
    *FIGURES,
    *[dataclasses.replace(figure, golden=()) for i, name in enumerate(NATURAL_FOREIGN)
      for figure in foreign_figures(i, "", name)],
]


def at(golden, path):
    """A value of the reference run; None where it has no such figure."""
    for key in path:
        if not isinstance(golden, dict) or key not in golden:
            return None
        golden = golden[key]
    return golden


def show(value):
    if value is None:
        return "-"
    text = f"{value:.4g}" if abs(value) >= 10 else f"{value:.4f}" if abs(value) < 2 else f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def allowed(figure, expected, model, reference):
    """How far a value may be from `expected`, in the reference's units."""
    if model in RANDOM_MODELS:
        least = RELATIVE["e_aurc"] * expected if figure.kind == "e_aurc" else .01
        return max(4 * reference["sd"], least, TOLERANCE["theta"] if figure.kind == "theta" else 0)
    if figure.kind == "e_aurc" and model == "digits":  # 18 errors
        return .10 * expected
    tolerance = JPEG_TOLERANCE if model in JPEG_MODELS else TOLERANCE
    return RELATIVE[figure.kind] * expected if figure.kind in RELATIVE else tolerance[figure.kind]


def judge(figure, model, by_seed, golden):
    """A cell of the table, and a line for each value that is out of tolerance."""
    values = [v for v in by_seed.values() if v is not None]
    if not values:
        return "-", []
    scaled = {seed: v * figure.factor for seed, v in by_seed.items() if v is not None}
    mean = statistics.mean(scaled.values())
    cell = show(scaled.get(0, mean))
    if len(scaled) > 1:
        cell += f", {show(mean)} ± {show(statistics.stdev(scaled.values()))}"
    reference = at(golden, figure.golden) if golden and figure.golden else None
    if reference is None:
        return cell, []
    # A threshold of -1 stands for none; then a mean means nothing.
    if reference["seed0"] == -1 or (figure.kind == "theta" and reference["mean"] < 2.2):
        return cell, []
    checks = [("mean over seeds", mean, reference["mean"])] if len(scaled) == 5 else []
    # One run of a model that answers at random is one draw of many: only its mean is judged.
    if 0 in scaled and model not in RANDOM_MODELS:
        checks.append(("seed 0", scaled[0], reference["seed0"]))
    problems = []
    for name, value, expected in checks:
        limit = allowed(figure, expected, model, reference)
        if not math.isfinite(value) or abs(value - expected) > limit + 1e-9:
            problems.append(f"OUT: {model}, {figure.name}, {name}: {show(value)}; the specification has "
                            f"{show(expected)} ± {show(limit)}")
    return cell + f" (spec {show(reference['seed0'])})" + (" **out**" if problems else ""), problems
