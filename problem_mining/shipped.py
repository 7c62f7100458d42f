"""Weights of the shipped pair models.

Written by `python -m tests.eval.train_weights`.
"""

from problem_mining.similarity import weights_of

FIELDS = weights_of(
    "fields",
    n_train=4931,
    provenance="practice estates of 5000 incidents, seeds 101, 102, 103",
    bias=-1.7027,
    dense_cosine=4.4587,
    word_cosine=0.7201,
    same_text=0.7405,
    density_lift=1.2407,
    rarest_unshared_term=-0.952,
    names_differ=-0.7988,
    language_differs=1.9624,
    service_same=0.5674,
    service_differs=-1.7421,
    ci_same=1.4467,
    ci_differs=-0.6202,
    category_same=0.9312,
    category_differs=-1.0526,
    subcategory_same=0.6036,
    subcategory_differs=-0.3997,
    location_same=0.0015,
    team_same=0.4745,
    team_differs=-0.8094,
    days_apart=-3.2699,
)

NO_CI = weights_of(
    "no_ci",
    n_train=4905,
    provenance="practice estates of 5000 incidents, seeds 101, 102, 103",
    bias=-2.7264,
    dense_cosine=3.2882,
    word_cosine=2.9453,
    same_text=0.3535,
    density_lift=3.7146,
    names_differ=-1.1375,
    language_differs=2.1345,
    service_same=1.086,
    service_differs=-1.9824,
    category_same=0.8089,
    category_differs=-1.1485,
    subcategory_same=0.6249,
    subcategory_differs=-0.329,
    location_same=0.0437,
    team_same=0.6413,
    team_differs=-0.9766,
    days_apart=-3.209,
)

TEXT = weights_of(
    "text",
    n_train=4884,
    provenance="practice estates of 5000 incidents, seeds 101, 102, 103",
    bias=-4.9659,
    dense_cosine=4.6603,
    word_cosine=4.6239,
    char_cosine=0.707,
    density_lift=2.2705,
    rarest_shared_term=0.0702,
    names_shared=0.2487,
    names_differ=-1.6258,
    language_differs=2.7936,
    days_apart=-3.3756,
)
