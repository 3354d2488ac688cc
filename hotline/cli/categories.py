"""Categories of tickets for the commands: the tree, or what is wrong with its file."""

from hotline.categories import CATEGORIES, CategoryTree, load_categories
from hotline.cli import show
from hotline.cli.report_words import Said
from hotline.settings import Settings
from ivr import FlowErrors


def tree_of(settings: Settings) -> CategoryTree:
    """Return the tree, or leave with its file's mistakes."""
    try:
        return load_categories(settings.files.dialplans / CATEGORIES)
    except FlowErrors as error:
        show.fail(str(error), show.EXIT_MISTAKE)


def code_of(tree: CategoryTree, text: str) -> str:
    """Return the code of the category that an option names, or leave with those there are."""
    code = tree.named(text)
    if code is None:
        there = ", ".join(f"{one.code} ({one.zh})" for one in tree.placed.values())
        show.fail(f"--category: there is no {text!r}; there are: {there or 'none'}", show.EXIT_MISTAKE)
    return code


def category_names(settings: Settings) -> dict[str, Said]:
    """Return the categories' names, by code."""
    return {one.code: Said(one.zh, one.en) for one in tree_of(settings).placed.values()}
