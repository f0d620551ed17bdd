from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0007_documents_by_date'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ruling',
            name='kind',
            field=models.CharField(choices=[('do_not_invoice', 'do_not_invoice'), ('issue_anyway', 'issue_anyway'), ('approve_credit', 'approve_credit'), ('settled_otherwise', 'settled_otherwise'), ('delete_draft', 'delete_draft'), ('finalize', 'finalize'), ('keep_draft', 'keep_draft'), ('cancel', 'cancel'), ('correct_buyer', 'correct_buyer'), ('refund', 'refund'), ('accept_rates', 'accept_rates')], max_length=24, verbose_name='ruling'),
        ),
    ]
